package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/kube"
)

const nodesTimeout = 5 * time.Minute

func nodes(arguments []string) error {
	o := newOptions("nodes [--name NAME] add N | add --node NODE | remove NODE... | list",
		"Adds, removes and lists Node objects that look ready and have no kubelet.\n"+
			"\"add N\" adds N nodes with the next free numbers.").withName()
	prefix := o.String("prefix", "node-", "the `prefix` of the names of added nodes")
	var named, labels, annotations list
	o.Var(&named, "node", "add a node with this `name`; can be repeated")
	o.Var(&labels, "label", "a label `KEY=VALUE` of the added nodes; can be repeated")
	o.Var(&annotations, "annotation", "an annotation `KEY=VALUE` of the added nodes; can be repeated")
	words, err := o.parse(arguments)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return errors.New("a verb is missing: add, remove or list")
	}
	of, config, err := running(o)
	if err != nil {
		return err
	}
	client, err := of.Client(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), nodesTimeout)
	defer cancel()
	switch verb, rest := words[0], words[1:]; verb {
	case "add":
		return addNodes(ctx, client, rest, *prefix, named, labels, annotations)
	case "remove":
		if len(rest) == 0 {
			return errors.New("name the nodes to remove")
		}
		return client.DeleteNodes(ctx, rest)
	case "list":
		return listNodes(ctx, client)
	default:
		return fmt.Errorf("unknown command \"nodes %s\": choose add, remove or list", verb)
	}
}

func addNodes(ctx context.Context, client *kube.Client, words []string, prefix string, named, labels, annotations list) error {
	if (len(words) == 1) == (len(named) > 0) {
		return errors.New("say how many nodes to add, or name each with --node")
	}
	labelPairs, err := kube.ParsePairs(labels)
	if err != nil {
		return fmt.Errorf("--label: %w", err)
	}
	annotationPairs, err := kube.ParsePairs(annotations)
	if err != nil {
		return fmt.Errorf("--annotation: %w", err)
	}
	existing, err := client.Nodes(ctx)
	if err != nil {
		return err
	}
	added := kube.NamedNodes(existing, named)
	if len(named) == 0 {
		count, err := strconv.Atoi(words[0])
		if err != nil || count < 1 {
			return fmt.Errorf("%q is not a number of nodes", words[0])
		}
		added = kube.NewNodes(existing, prefix, count)
	}
	for n := range added {
		added[n].Labels, added[n].Annotations = labelPairs, annotationPairs
	}
	if err := client.CreateNodes(ctx, added); err != nil {
		return err
	}
	for _, node := range added {
		fmt.Println(node.Name)
	}
	return nil
}

func listNodes(ctx context.Context, client *kube.Client) error {
	all, err := client.Nodes(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NODE\tADDRESS\tLABELS\tANNOTATIONS")
	for _, node := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", node.Name, node.Address, pairs(node.Labels), pairs(node.Annotations))
	}
	return table.Flush()
}

func pairs(of map[string]string) string {
	var words []string
	for _, key := range slices.Sorted(maps.Keys(of)) {
		words = append(words, key+"="+of[key])
	}
	return strings.Join(words, ",")
}

// ensureNodes adds those of node-1 to node-N that do not exist.
func (o upOptions) ensureNodes(config instance.Config) error {
	if o.objects == 0 {
		return nil
	}
	client, err := o.instance.Client(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), nodesTimeout)
	defer cancel()
	existing, err := client.Nodes(ctx)
	if err != nil {
		return err
	}
	missing := kube.NewNodes(nil, "node-", o.objects)
	var names []string
	for _, node := range missing {
		if !slices.ContainsFunc(existing, func(other kube.Node) bool { return other.Name == node.Name }) {
			names = append(names, node.Name)
		}
	}
	return client.CreateNodes(ctx, kube.NamedNodes(existing, names))
}
