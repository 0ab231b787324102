// Package kstatus asks the library by which Helm and Flux wait, kstatus, about every reason that a claim or a pool can show.
// What it is asked about are the samples of the Argo CD health checks, which the operator's own code has made.
package kstatus

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const (
	page    = "../../docs/reasons.md"
	samples = "../../examples/gitops/argocd/resource_customizations/portclaim.io/*/testdata/*.yaml"
)

// documented is what docs/reasons.md says of a reason.
type documented struct {
	stalls bool
	seen   bool
}

func TestEveryReason(t *testing.T) {
	reasons := readPage(t)
	files, err := filepath.Glob(samples)
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples in %s: %v", samples, err)
	}
	for _, file := range files {
		object := read(t, file)
		name := object.GetKind() + "/" + strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			got, err := status.Compute(object)
			if err != nil {
				t.Fatal(err)
			}
			wanted, message := expected(t, object, reasons)
			t.Logf("%-36s %-11s %s", name, got.Status, got.Message)
			if got.Status != wanted || !strings.Contains(got.Message, message) {
				t.Errorf("kstatus says %s %q, not %s %q", got.Status, got.Message, wanted, message)
			}
		})
	}
	for reason, is := range reasons {
		if !is.seen {
			t.Errorf("no sample shows reason %s", reason)
		}
	}
}

// expected is what a tool should make of an object by what the page says of its reasons; it marks these as seen.
func expected(t *testing.T, object *unstructured.Unstructured, reasons map[string]*documented) (status.Status, string) {
	t.Helper()
	observed, _, _ := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	conditions, _, err := unstructured.NestedSlice(object.Object, "status", "conditions")
	if err != nil {
		t.Fatal(err)
	}
	ready, message := "", ""
	stalls := false
	for _, each := range conditions {
		condition := each.(map[string]any)
		reason := condition["reason"].(string)
		if reasons[reason] == nil {
			t.Fatalf("%s does not have reason %s", page, reason)
		}
		reasons[reason].seen = true
		if condition["type"] == "Ready" {
			ready = condition["status"].(string)
		}
		if condition["status"] == "False" && reasons[reason].stalls {
			stalls = true
			message = condition["message"].(string)
		}
	}
	switch {
	case observed != object.GetGeneration():
		return status.InProgressStatus, ""
	case stalls:
		return status.FailedStatus, message
	case ready == "True":
		return status.CurrentStatus, ""
	default:
		return status.InProgressStatus, ""
	}
}

func read(t *testing.T, file string) *unstructured.Unstructured {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{}
	asJSON, err := yaml.YAMLToJSON(text)
	if err == nil {
		err = object.UnmarshalJSON(asJSON)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", file, err))
	}
	return object
}

// readPage is what the page says of the reasons of claims and pools.
func readPage(t *testing.T) map[string]*documented {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("^\\| `(\\w+)` \\| ([^|]+) \\|")
	reasons := map[string]*documented{}
	section := ""
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "## ") {
			section = line[3:]
		}
		if cells := row.FindStringSubmatch(line); cells != nil && section != "Node port reports" {
			reasons[cells[1]] = &documented{stalls: strings.Contains(cells[2], "Stalled=True")}
		}
	}
	if len(reasons) < 25 {
		t.Fatalf("only %d reasons found in %s", len(reasons), page)
	}
	return reasons
}
