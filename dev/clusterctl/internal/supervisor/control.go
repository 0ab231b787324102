package supervisor

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/process"
)

// The states of a component.
const (
	Waiting = "waiting"
	Running = "running"
	Ended   = "ended"
)

// ComponentStatus is what the supervisor knows of a component.
type ComponentStatus struct {
	Name     string           `json:"name"`
	State    string           `json:"state"`
	Identity process.Identity `json:"identity"`
	Exit     string           `json:"exit,omitempty"`
}

// serve answers the other commands over the instance's socket. Only its owner
// can enter the directory that the socket lies in.
func (s *Supervisor) serve(listener net.Listener) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		var all []ComponentStatus
		for _, component := range s.config.Components() {
			all = append(all, s.components[component.Name].status())
		}
		_ = json.NewEncoder(w).Encode(all)
	})
	mux.HandleFunc("POST /restart", func(w http.ResponseWriter, r *http.Request) {
		component, err := s.config.Component(r.FormValue("component"))
		var pause time.Duration
		if err == nil {
			pause, err = time.ParseDuration(r.FormValue("pause"))
		}
		if err == nil {
			err = s.restart(r.Context(), component, pause, r.FormValue("data"))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	_ = http.Serve(listener, mux)
}

// Remote is the supervisor of an instance, seen from another process.
type Remote struct {
	http *http.Client
}

// Connect prepares to talk to the supervisor. It changes the working directory
// to that of the instance: a socket's full path can be too long to be named.
func Connect(to instance.Instance) Remote {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		if err := os.Chdir(to.Dir()); err != nil {
			return nil, err
		}
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", to.Socket())
	}
	return Remote{&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Status returns the states of the components in the order of their start.
func (r Remote) Status(ctx context.Context) ([]ComponentStatus, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://supervisor/status", nil)
	if err != nil {
		return nil, err
	}
	response, err := r.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the supervisor does not answer: %w", err)
	}
	defer response.Body.Close()
	var all []ComponentStatus
	err = json.NewDecoder(response.Body).Decode(&all)
	return all, err
}

// StatusOf returns the state of one component.
func (r Remote) StatusOf(ctx context.Context, component string) (ComponentStatus, error) {
	all, err := r.Status(ctx)
	if err != nil {
		return ComponentStatus{}, err
	}
	for _, status := range all {
		if status.Name == component {
			return status, nil
		}
	}
	return ComponentStatus{}, fmt.Errorf("the supervisor does not know %s", component)
}

// Restart kills a component and starts it again after the pause. Where data is
// not empty, etcd starts with the content of that directory.
func (r Remote) Restart(ctx context.Context, component string, pause time.Duration, data string) error {
	form := url.Values{"component": {component}, "pause": {pause.String()}, "data": {data}}
	address := "http://supervisor/restart?" + form.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, nil)
	if err != nil {
		return err
	}
	response, err := r.http.Do(request)
	if err != nil {
		return fmt.Errorf("the supervisor does not answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		var message [500]byte
		n, _ := response.Body.Read(message[:])
		return fmt.Errorf("the supervisor could not restart %s: %s", component, message[:n])
	}
	return nil
}
