package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"
)

// webhookPatience is what it takes for an answer, just within what the API
// server waits for.
const webhookPatience = 10 * time.Second

// Webhook is one that somebody has installed, and that is slow.
type Webhook struct {
	server   *http.Server
	quick    chan struct{}
	hurry    sync.Once
	withdraw func()
}

// startWebhook has the API server ask it about each ConfigMap of a namespace.
func startWebhook(ctx context.Context, client *Client, namespace string) (*Webhook, error) {
	certificate, authority, err := selfSigned()
	if err != nil {
		return nil, err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		return nil, err
	}
	w := &Webhook{quick: make(chan struct{})}
	w.server = &http.Server{Handler: http.HandlerFunc(w.answer), ReadHeaderTimeout: webhookPatience}
	go func() {
		// It ends when it is closed.
		_ = w.server.Serve(listener)
	}()
	const path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
	configuration := object{
		"apiVersion": "admissionregistration.k8s.io/v1",
		"kind":       "ValidatingWebhookConfiguration",
		"metadata":   object{"name": "bench-slow"},
		"webhooks": []object{{
			"name":                    "slow.bench.portclaim.io",
			"admissionReviewVersions": []string{"v1"},
			"sideEffects":             "None",
			"timeoutSeconds":          30,
			"clientConfig":            object{"url": "https://" + listener.Addr().String() + "/", "caBundle": authority},
			"namespaceSelector":       object{"matchLabels": object{"kubernetes.io/metadata.name": namespace}},
			"rules": []object{{"apiGroups": []string{""}, "apiVersions": []string{"v1"}, "resources": []string{"configmaps"},
				"operations": []string{"CREATE", "UPDATE", "DELETE"}}},
		}},
	}
	if _, err := client.Send(ctx, http.MethodPost, path, toJSON(configuration)); err != nil {
		_ = w.server.Close()
		return nil, err
	}
	w.withdraw = func() {
		// Also where the measurement was given up.
		_, _ = client.Send(context.WithoutCancel(ctx), http.MethodDelete, path+"/bench-slow", nil)
	}
	return w, nil
}

// selfSigned is a certificate of this machine's loopback address, and the same
// as an authority.
func selfSigned() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

func (w *Webhook) answer(to http.ResponseWriter, request *http.Request) {
	var review struct{ Request struct{ UID string } }
	if err := json.NewDecoder(request.Body).Decode(&review); err != nil {
		http.Error(to, err.Error(), http.StatusBadRequest)
		return
	}
	select {
	case <-time.After(webhookPatience):
	case <-w.quick:
	case <-request.Context().Done():
		return
	}
	to.Header().Set("Content-Type", "application/json")
	// Nobody is left to return an error to.
	_, _ = to.Write(toJSON(object{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
		"response": object{"uid": review.Request.UID, "allowed": true}}))
}

// AnswerAtOnce ends its slowness.
func (w *Webhook) AnswerAtOnce() { w.hurry.Do(func() { close(w.quick) }) }

// Close removes it.
func (w *Webhook) Close() {
	w.withdraw()
	w.AnswerAtOnce()
	_ = w.server.Close()
}
