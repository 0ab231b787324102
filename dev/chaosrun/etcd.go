package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// Etcd is a client of etcd's JSON gateway.
type Etcd struct {
	base string
	http *http.Client
}

type etcdHeader struct {
	Revision string `json:"revision"`
}

type etcdEvent struct {
	Type string `json:"type"` // left out for a put
	KV   struct {
		Key         []byte `json:"key"`
		Value       []byte `json:"value"`
		ModRevision string `json:"mod_revision"`
	} `json:"kv"`
}

type watchAnswer struct {
	Result struct {
		Header          etcdHeader  `json:"header"`
		Canceled        bool        `json:"canceled"`
		CancelReason    string      `json:"cancel_reason"`
		CompactRevision string      `json:"compact_revision"`
		Events          []etcdEvent `json:"events"`
	} `json:"result"`
	Error *struct {
		Message string `json:"message"`
	} `json:"error"`
}

func (e *Etcd) send(ctx context.Context, path string, body, out any) error {
	response, err := e.open(ctx, path, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(content, out)
}

func (e *Etcd) open(ctx context.Context, path string, body any) (*http.Response, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.base+path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	response, err := e.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close()
		answer, _ := io.ReadAll(io.LimitReader(response.Body, 4<<10))
		return nil, fmt.Errorf("etcd %s: HTTP %d: %s", path, response.StatusCode, answer)
	}
	return response, nil
}

// put writes a key and returns the revision.
func (e *Etcd) put(ctx context.Context, key, value string) (int64, error) {
	var answer struct{ Header etcdHeader }
	err := e.send(ctx, "/v3/kv/put", map[string][]byte{"key": []byte(key), "value": []byte(value)}, &answer)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(answer.Header.Revision, 10, 64)
}

// get reads a key; nil where there is none.
func (e *Etcd) get(ctx context.Context, key string) ([]byte, int64, error) {
	var answer struct {
		Header etcdHeader
		KVs    []struct{ Value []byte } `json:"kvs"`
	}
	if err := e.send(ctx, "/v3/kv/range", map[string][]byte{"key": []byte(key)}, &answer); err != nil {
		return nil, 0, err
	}
	revision, err := strconv.ParseInt(answer.Header.Revision, 10, 64)
	if err != nil || len(answer.KVs) == 0 {
		return nil, revision, err
	}
	return answer.KVs[0].Value, revision, nil
}

// compact forgets all revisions before this one.
func (e *Etcd) compact(ctx context.Context, revision int64) error {
	return e.send(ctx, "/v3/kv/compaction", map[string]any{"revision": strconv.FormatInt(revision, 10), "physical": true}, nil)
}

func (e *Etcd) defragment(ctx context.Context) error {
	return e.send(ctx, "/v3/maintenance/defragment", struct{}{}, nil)
}

// Alarm is one that is raised.
type Alarm struct {
	MemberID string `json:"memberID"`
	Alarm    string `json:"alarm"`
}

// alarms are those that are raised.
func (e *Etcd) alarms(ctx context.Context) ([]Alarm, error) {
	var answer struct{ Alarms []Alarm }
	err := e.send(ctx, "/v3/maintenance/alarm", map[string]string{"action": "GET"}, &answer)
	return answer.Alarms, err
}

// disarm takes back all alarms.
func (e *Etcd) disarm(ctx context.Context) error {
	alarms, err := e.alarms(ctx)
	for _, alarm := range alarms {
		err = errors.Join(err, e.send(ctx, "/v3/maintenance/alarm",
			map[string]string{"action": "DEACTIVATE", "memberID": alarm.MemberID, "alarm": alarm.Alarm}, nil))
	}
	return err
}

// watch passes on every change of the keys from a revision on, in order. It
// returns only with an error.
func (e *Etcd) watch(ctx context.Context, from, to string, revision int64, onAnswer func(*watchAnswer) error) error {
	response, err := e.open(ctx, "/v3/watch", map[string]any{"create_request": map[string]any{
		"key": []byte(from), "range_end": []byte(to), "start_revision": strconv.FormatInt(revision, 10),
	}})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewReaderSize(response.Body, 1<<18)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return err
		}
		var answer watchAnswer
		if err := json.Unmarshal(line, &answer); err != nil {
			return err
		}
		if answer.Error != nil {
			return fmt.Errorf("etcd's watch: %s", answer.Error.Message)
		}
		if err := onAnswer(&answer); err != nil {
			return err
		}
	}
}
