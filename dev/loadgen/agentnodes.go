package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
)

const (
	agentNamespace = "portclaim"
	agentAccount   = "portclaim-agent"
	podsPath       = "/api/v1/namespaces/" + agentNamespace + "/pods"
	tokenPath      = "/api/v1/namespaces/" + agentNamespace + "/serviceaccounts/" + agentAccount + "/token"
	// For the nodes that nothing else is to happen on than on others.
	sharedFiles = 16
)

// makeAgentFolders makes a folder for each agent; the first have files of their
// own, for something is to change there.
func makeAgentFolders(folders string, n, own int) (*NetFiles, error) {
	var proc []string
	for i := range own + sharedFiles {
		proc = append(proc, fmt.Sprintf("%s-proc/%05d", folders, i))
	}
	for i := range n {
		folder := agentFolder(folders, i)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
		from := proc[min(i, own+i%sharedFiles)]
		if err := os.Symlink(from, filepath.Join(folder, "proc")); err != nil {
			return nil, err
		}
	}
	return newNetFiles(proc)
}

func agentFolder(folders string, i int) string { return fmt.Sprintf("%s/%05d", folders, i) }

func quietNode(i int) string { return fmt.Sprintf("quiet-%05d", i) }

// makeAgents makes nodes, a pod on each, and a token for each pod as its kubelet
// would ask for. The account and what it may do are the chart's.
func (b *Bench) makeAgents(ctx context.Context, n int, folders string) error {
	err := parallel(ctx, b.workers, n, func(ctx context.Context, i int) error {
		node := object{"apiVersion": "v1", "kind": "Node", "metadata": object{"name": quietNode(i)}}
		_, err := b.client.Send(ctx, http.MethodPost, nodesPath, toJSON(node))
		return err
	})
	if err != nil {
		return err
	}
	return parallel(ctx, b.workers, n, func(ctx context.Context, i int) error {
		token, err := b.makeAgent(ctx, i)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(agentFolder(folders, i), "token"), []byte(token), 0o600)
	})
}

func (b *Bench) makeAgent(ctx context.Context, i int) (token string, err error) {
	name := fmt.Sprintf("%s-%05d", agentAccount, i)
	body := toJSON(object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": name}, "spec": object{
		"serviceAccountName": agentAccount,
		"nodeName":           quietNode(i),
		"hostNetwork":        true,
		"tolerations":        []object{{"operator": "Exists"}},
		"containers":         []object{{"name": "agent", "image": "agent"}},
	}})
	content, err := b.client.Send(ctx, http.MethodPost, podsPath, body)
	if err != nil {
		return "", err
	}
	var pod struct{ Metadata struct{ UID string } }
	if err := json.Unmarshal(content, &pod); err != nil {
		return "", err
	}
	content, err = b.client.Send(ctx, http.MethodPost, tokenPath, toJSON(object{
		"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": object{
			// Nobody renews it.
			"expirationSeconds": 24 * 60 * 60,
			"boundObjectRef":    object{"apiVersion": "v1", "kind": "Pod", "name": name, "uid": pod.Metadata.UID},
		}}))
	if err != nil {
		return "", err
	}
	var request struct{ Status struct{ Token string } }
	err = json.Unmarshal(content, &request)
	return request.Status.Token, err
}
