package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestBoundedIsMeasuredAloneAndOnlyWhenNamedOrQuick(t *testing.T) {
	for _, c := range []struct {
		arguments []string
		bounded   bool
	}{
		{nil, false},
		{[]string{"--quick"}, true},
		{[]string{"--quick", "--scenarios", "scale"}, false},
		{[]string{"--quick", "--scenarios", "scale,bounded"}, true},
		{[]string{"--scenarios", "bounded"}, true},
		{[]string{"--scenarios", "bounded", "--bounded-loads", "ranges,labels"}, true},
	} {
		s, err := readSettings(append(c.arguments, "--", "java"))
		if err != nil || s.has(boundedScenario) != c.bounded {
			t.Errorf("%v: %v, %v", c.arguments, s.scenarios, err)
		}
	}
	for _, arguments := range [][]string{
		{"--scenarios", "backlog,bounded"}, {"--bounded-claims", "9"}, {"--bounded-claims", "20000"}, {"--bounded-loads", "ranges,nonsense"},
	} {
		if _, err := readSettings(append(arguments, "--", "java")); err == nil {
			t.Errorf("%v was not refused", arguments)
		}
	}
}

func TestLoadsAreChosenByName(t *testing.T) {
	for arguments, want := range map[string]int{"": len(boundedLoads), "--quick": 5, "--bounded-loads=churn,ranges": 2} {
		s, err := readSettings(append(strings.Fields(arguments), "--", "java"))
		if err != nil {
			t.Fatal(err)
		}
		if chosen := s.boundedStage(&Bench{operator: &Operator{}}).chosen(); len(chosen) != want {
			t.Errorf("%q: %d loads, not %d", arguments, len(chosen), want)
		}
	}
}

func TestBoundedTable(t *testing.T) {
	report := Report{Bounded: &Bounded{
		Quiet: Latency{100, 0.01, 0.02, 0.003, 0.004},
		Rows: []BoundedRow{
			{What: "claims deleted", Requests: Requests{"portledgers PATCH": 3, "events POST": 2}, Events: 2, LogLines: 10, LedgerMax: 2000, PeakMiB: 120, CalmSeconds: 1.5},
			{What: "a storm", Requests: Requests{}, Others: &Latency{50, 0.02, 0.04, 0.005, 0.006}},
		},
	}}
	var table bytes.Buffer
	if err := report.print(&table); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(table.String(), "\n")
	for what, wanted := range map[string][]string{
		"nothing":        {"100, 0.010, 0.020; 0.003, 0.004"},
		"claims deleted": {"3", "2", "10", "2000", "120", "1.5"},
		"a storm":        {"0", "50, 0.020, 0.040; 0.005, 0.006"},
	} {
		found := ""
		for _, line := range lines {
			if strings.HasPrefix(line, what) {
				found = line
			}
		}
		for _, cell := range wanted {
			if !strings.Contains(found, cell) {
				t.Errorf("%q: no %q in %q", what, cell, found)
			}
		}
	}
}

func TestLogLinesAreCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("one\ntwo\nhalf"), 0o600); err != nil {
		t.Fatal(err)
	}
	if lines, err := logLines(path); lines != 2 || err != nil {
		t.Errorf("%d lines, %v", lines, err)
	}
}

// The API server trusts the certificate as an authority, and sends the UID along.
func TestAWebhookAnswersOnceItIsHurried(t *testing.T) {
	certificate, authority, err := selfSigned()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	webhook := &Webhook{quick: make(chan struct{}), withdraw: func() {}}
	webhook.server = &http.Server{Handler: http.HandlerFunc(webhook.answer), ReadHeaderTimeout: time.Second}
	go func() { _ = webhook.server.Serve(listener) }()
	defer webhook.Close()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		t.Fatal("no certificate")
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	webhook.AnswerAtOnce()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+listener.Addr().String(), strings.NewReader(`{"request": {"uid": "a-uid"}}`))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var review struct {
		Response struct {
			UID     string
			Allowed bool
		}
	}
	if err := json.Unmarshal(body, &review); err != nil || review.Response.UID != "a-uid" || !review.Response.Allowed {
		t.Errorf("%s, %v", body, err)
	}
}
