package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// witnessNews is how old a witness must be for every operator to know it.
const witnessNews = time.Second

// witnessLabel names the claim of such a pod.
const witnessLabel = "chaos/claim"

// Witness shows operators what the readers' processes use. For half of the claims, a pod on the process's node declares the
// numbers as hostPorts before the process starts. For the others, the node's PortReport says where the process listens, as
// its agent would write it. So each of both is the only one for its claims.
type Witness struct {
	api       *Client
	namespace string
	agents    map[string]agent // by node
	made      int
	failed    error
}

// agent is the pod that writes a node's report.
type agent struct{ name, uid, nodeUID string }

func hasPod(claim string) bool { return claim[len(claim)-1]%2 == 0 }

// use is a number that a claim's process uses.
type use struct {
	Slot
	claim string
}

// Shown is what operators can read.
type Shown struct {
	pods    map[string]map[use]bool // by name
	reports map[string]map[Slot]bool
}

func (s *Shown) has(u use) bool {
	if !hasPod(u.claim) {
		return s.reports[u.Place][u.Slot]
	}
	for _, uses := range s.pods {
		if uses[u] {
			return true
		}
	}
	return false
}

// DeclaringPod is what is read of a pod that declares what a process uses.
type DeclaringPod struct {
	Metadata struct {
		Name, Namespace, UID string
		Labels               map[string]string
	}
	Spec struct {
		NodeName   string
		Containers []struct {
			Ports []struct {
				HostPort int
				Protocol string
			}
		}
	}
}

func (p *DeclaringPod) slots() map[Slot]bool {
	slots := map[Slot]bool{}
	for _, container := range p.Spec.Containers {
		for _, port := range container.Ports {
			slots[Slot{p.Spec.NodeName, port.Protocol, port.HostPort}] = true
		}
	}
	return slots
}

// claim is the claim that a process belongs to; empty for other pods.
func (p *DeclaringPod) claim() string {
	if p.Metadata.Labels[witnessLabel] == "" {
		return ""
	}
	return p.Metadata.Namespace + "/" + p.Metadata.Labels[witnessLabel]
}

func (w *Witness) pods() string { return "/api/v1/namespaces/" + w.namespace + "/pods" }

// read finds what is shown.
func (w *Witness) read(ctx context.Context) (*Shown, error) {
	var pods struct{ Items []DeclaringPod }
	if err := w.api.get(ctx, w.pods(), &pods); err != nil {
		return nil, err
	}
	var reports struct{ Items []Report }
	// While the CRDs are deleted, there are none.
	if err := w.api.get(ctx, portclaimAPI+"/portreports", &reports); err != nil && !hasCode(err, http.StatusNotFound) {
		return nil, err
	}
	shown := &Shown{map[string]map[use]bool{}, map[string]map[Slot]bool{}}
	for i := range pods.Items {
		pod := &pods.Items[i]
		uses := map[use]bool{}
		for slot := range pod.slots() {
			uses[use{slot, pod.claim()}] = true
		}
		shown.pods[pod.Metadata.Name] = uses
	}
	for i := range reports.Items {
		shown.reports[reports.Items[i].Metadata.Name] = reports.Items[i].slots()
	}
	return shown, nil
}

// Report is what is read of a PortReport.
type Report struct {
	Metadata struct{ Name string }
	Status   struct{ Listeners struct{ TCP, UDP string } }
}

func (r *Report) slots() map[Slot]bool {
	slots := map[Slot]bool{}
	for protocol, text := range map[string]string{"TCP": r.Status.Listeners.TCP, "UDP": r.Status.Listeners.UDP} {
		for number := range strings.SplitSeq(text, ",") {
			if n, err := strconv.Atoi(number); err == nil {
				slots[Slot{r.Metadata.Name, protocol, n}] = true
			}
		}
	}
	return slots
}

// show makes what is shown be what is wanted: pods for processes that are to start, none for those that have ended, and in
// the reports the sockets that are open. What fails is tried again in the next round.
func (w *Witness) show(ctx context.Context, shown *Shown, wanted, open map[use]bool) {
	var failed []error
	missing := map[[2]string][]Slot{}
	for u := range wanted {
		if hasPod(u.claim) && !shown.has(u) {
			missing[[2]string{u.Place, u.claim}] = append(missing[[2]string{u.Place, u.claim}], u.Slot)
		}
	}
	for of, slots := range missing {
		failed = append(failed, w.makePod(ctx, of[0], of[1], slots))
	}
	isUsed := func(u use) bool { return wanted[u] || open[u] }
	for name, uses := range shown.pods {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(uses)), isUsed) {
			_, err := w.api.send(ctx, http.MethodDelete, w.pods()+"/"+name+"?gracePeriodSeconds=0", nil)
			failed = append(failed, err)
		}
	}
	listens := map[string]map[Slot]bool{}
	for u := range open {
		if !hasPod(u.claim) {
			if listens[u.Place] == nil {
				listens[u.Place] = map[Slot]bool{}
			}
			listens[u.Place][u.Slot] = true
		}
	}
	for node := range w.agents {
		if before, there := shown.reports[node]; !there || !maps.Equal(before, listens[node]) {
			failed = append(failed, w.report(ctx, node, there, listens[node]))
		}
	}
	w.failed = errors.Join(failed...)
}

func (w *Witness) makePod(ctx context.Context, node, claim string, slots []Slot) error {
	var ports []object
	for _, slot := range slots {
		ports = append(ports, object{"hostPort": slot.Number, "containerPort": slot.Number, "protocol": slot.Protocol})
	}
	_, name, _ := strings.Cut(claim, "/")
	w.made++
	_, err := w.api.send(ctx, http.MethodPost, w.pods(), object{
		"metadata": object{"name": fmt.Sprintf("%s-%s-%d", name, node, w.made), "labels": object{witnessLabel: name}},
		"spec":     podSpec(node, ports)})
	return err
}

// podSpec is that of a pod that no kubelet starts.
func podSpec(node string, ports []object) object {
	return object{"nodeName": node, "automountServiceAccountToken": false,
		"containers": []object{{"name": "process", "image": "none", "ports": ports}}}
}

func (w *Witness) report(ctx context.Context, node string, there bool, listens map[Slot]bool) error {
	path := portclaimAPI + "/portreports"
	agent := w.agents[node]
	if !there {
		_, err := w.api.send(ctx, http.MethodPost, path, object{"apiVersion": "portclaim.io/v1alpha1", "kind": "PortReport",
			"metadata": object{"name": node, "ownerReferences": []object{
				{"apiVersion": "v1", "kind": "Node", "name": node, "uid": agent.nodeUID}}}})
		if err != nil {
			return err
		}
	}
	_, err := w.api.send(ctx, http.MethodPatch, path+"/"+node+"/status", object{"status": object{
		"ephemeralRange": "32768-60999", "ephemeralPorts": 28232, "connectionsPerSecond": 470,
		"listeners":  object{"tcp": numbers(listens, "TCP"), "udp": numbers(listens, "UDP")},
		"reporter":   object{"namespace": home, "name": agent.name, "uid": agent.uid},
		"reportedAt": time.Now().UTC().Format(time.RFC3339)}})
	return err
}

// numbers are those of one protocol, as in a report; nil removes the field.
func numbers(slots map[Slot]bool, protocol string) any {
	var texts []string
	for _, slot := range slices.SortedFunc(maps.Keys(slots), compareSlots) {
		if slot.Protocol == protocol {
			texts = append(texts, strconv.Itoa(slot.Number))
		}
	}
	if texts == nil {
		return nil
	}
	return strings.Join(texts, ",")
}

// remove removes all pods and listeners, when all processes have ended.
func (w *Witness) remove(ctx context.Context) error {
	for {
		shown, err := w.read(ctx)
		if err == nil {
			isClear := len(shown.pods) == 0
			for _, slots := range shown.reports {
				isClear = isClear && len(slots) == 0
			}
			if isClear {
				return nil
			}
			w.show(ctx, shown, nil, nil)
			err = w.failed
		}
		if waited := pause(ctx, 100*time.Millisecond); waited != nil {
			return fmt.Errorf("pods and reports of processes that have ended: %w", errors.Join(waited, err))
		}
	}
}

// newAgents makes the pods that agents on the nodes would be.
func newAgents(ctx context.Context, api *Client) (map[string]agent, error) {
	agents := map[string]agent{}
	for _, node := range nodeNames {
		name, pods := "agent-"+node, "/api/v1/namespaces/"+home+"/pods"
		var pod, its DeclaringPod
		err := errors.Join(
			api.until(ctx, http.MethodPost, pods, object{"metadata": object{"name": name}, "spec": podSpec(node, nil)}),
			api.get(ctx, pods+"/"+name, &pod), api.get(ctx, "/api/v1/nodes/"+node, &its))
		if err != nil {
			return nil, err
		}
		agents[node] = agent{name, pod.Metadata.UID, its.Metadata.UID}
	}
	return agents, nil
}
