package binaries

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const goMod = `module example

go 1.26.0

require (
	k8s.io/client-go v0.36.3
	k8s.io/kubernetes v1.36.3
)
`

// fakeGo stands for the compiler: it counts its runs and writes an output.
const fakeGo = `#!/bin/sh
echo run >> "$FAKE_GO_RUNS"
while [ "$1" != -o ]; do shift; done
sleep 0.2
case $2 in
*/) outputs="$2containerd $2containerd-shim-runc-v2 $2ctr $2helm $2promtool" ;;
*) outputs=$2 ;;
esac
for output in $outputs; do
    printf '#!/bin/sh\necho built\n' > "$output" && chmod +x "$output"
done
`

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// newFinder returns a finder whose compiler is a script, and that script's log.
func newFinder(t *testing.T) (f Finder, runs func() int) {
	t.Helper()
	dir := t.TempDir()
	f = Finder{Sources: filepath.Join(dir, "sources"), Modules: dir, Cache: filepath.Join(dir, "cache"), Report: t.Logf}
	write(t, filepath.Join(f.Sources, "go.mod"), goMod, 0o644)
	write(t, filepath.Join(f.Sources, "go.sum"), "", 0o644)
	write(t, filepath.Join(f.Sources, "main.go"), "package main\n", 0o644)
	write(t, filepath.Join(dir, "bin", "go"), fakeGo, 0o755)
	log := filepath.Join(dir, "runs")
	t.Setenv("FAKE_GO_RUNS", log)
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	return f, func() int {
		content, err := os.ReadFile(log)
		if err != nil {
			return 0
		}
		return strings.Count(string(content), "run")
	}
}

func TestManyAtOnceBuildOnce(t *testing.T) {
	f, runs := newFinder(t)
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			set, err := f.Find("")
			if err != nil {
				t.Error(err)
			}
			if set.Version != "v1.36.3" || len(missing(set.Dir, Components)) > 0 {
				t.Errorf("%+v lacks %v", set, missing(set.Dir, Components))
			}
		})
	}
	group.Wait()
	if runs() != 1 {
		t.Errorf("built %d times", runs())
	}
}

func TestAChangeOfTheSourcesIsBuiltAnew(t *testing.T) {
	f, runs := newFinder(t)
	before, err := f.Find("")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(f.Sources, "main.go"), "package main // changed\n", 0o644)
	after, err := f.Find("")
	if err != nil {
		t.Fatal(err)
	}
	if before.Dir == after.Dir || runs() != 2 {
		t.Errorf("%s, then %s, with %d builds", before.Dir, after.Dir, runs())
	}
}

func TestAnInterruptedBuildLeavesNothingThatPassesForComplete(t *testing.T) {
	f, _ := newFinder(t)
	broken := filepath.Join(t.TempDir(), "bin")
	write(t, filepath.Join(broken, "go"), "#!/bin/sh\necho no space left >&2\nexit 1\n", 0o755)
	path := os.Getenv("PATH")
	t.Setenv("PATH", broken+":"+path)
	if _, err := f.Find(""); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("the compiler's words are missing: %v", err)
	}
	t.Setenv("PATH", path)
	set, err := f.Find("")
	if err != nil || len(missing(set.Dir, Components)) > 0 {
		t.Errorf("not built after the failure: %v", err)
	}
	if leftovers, _ := filepath.Glob(filepath.Join(f.Cache, "*.tmp-*")); len(leftovers) > 0 {
		t.Errorf("left behind: %v", leftovers)
	}
}

func TestWithoutACompilerTheErrorSaysWhatToDo(t *testing.T) {
	f, _ := newFinder(t)
	t.Setenv("PATH", t.TempDir())
	_, err := f.Find("")
	if err == nil || !strings.Contains(err.Error(), "install Go") {
		t.Errorf("got %v", err)
	}
}

func assets(t *testing.T, version string, components ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, component := range components {
		write(t, filepath.Join(dir, component), "#!/bin/sh\necho Kubernetes "+version+"\n", 0o755)
	}
	return dir
}

func TestCompleteAssetsAreUsedAsTheyAre(t *testing.T) {
	f, runs := newFinder(t)
	f.Assets = assets(t, "v1.35.4", Components...)
	set, err := f.Find("")
	if err != nil || set.Dir != f.Assets || set.Version != "v1.35.4" || runs() != 0 {
		t.Errorf("%+v with %d builds: %v", set, runs(), err)
	}
}

func TestWhatAssetsLackComesFromTheBuild(t *testing.T) {
	f, runs := newFinder(t)
	f.Assets = assets(t, "v1.36.3", "etcd", "kube-apiserver", "kubectl")
	set, err := f.Find("v1.36.3")
	if err != nil || runs() != 1 {
		t.Fatalf("%d builds: %v", runs(), err)
	}
	for component, want := range map[string]string{
		"kube-apiserver":          filepath.Join(f.Assets, "kube-apiserver"),
		"kube-controller-manager": "controlplane",
	} {
		target, err := filepath.EvalSymlinks(filepath.Join(set.Dir, component))
		if err != nil || !strings.HasSuffix(target, want) {
			t.Errorf("%s is %s: %v", component, target, err)
		}
	}
}

func TestAssetsOfAnotherVersionThanAskedForAreNotUsed(t *testing.T) {
	f, _ := newFinder(t)
	f.Assets = assets(t, "v1.35.4", Components...)
	set, err := f.Find("v1.36.3")
	if err != nil || set.Dir == f.Assets || set.Version != "v1.36.3" {
		t.Errorf("%+v: %v", set, err)
	}
}

func TestAVersionIsChecked(t *testing.T) {
	f, _ := newFinder(t)
	for _, version := range []string{"1.36.3", "latest", "v1.36", "v1.36.3/../x"} {
		if _, err := f.Find(version); err == nil {
			t.Errorf("%q was accepted", version)
		}
	}
}

func TestAModuleForAnotherVersionIsDerivedFromThatOfKubernetes(t *testing.T) {
	kubernetes := "module k8s.io/kubernetes\n\ngo 1.25.0\n\nrequire k8s.io/utils v0.0.0\n\n" +
		"replace (\n\tk8s.io/api => ./staging/src/k8s.io/api\n\tk8s.io/kubectl => ./staging/src/k8s.io/kubectl\n)\n"
	module, err := moduleFor([]byte(kubernetes), "v1.35.4")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\ngo 1.25.0\n", "k8s.io/kubernetes v1.35.4\n",
		"\tk8s.io/api => k8s.io/api v0.35.4\n", "\tk8s.io/kubectl => k8s.io/kubectl v0.35.4\n"} {
		if !strings.Contains(string(module), want) {
			t.Errorf("lacks %q:\n%s", want, module)
		}
	}
	if strings.Contains(string(module), "utils") {
		t.Errorf("names a module with versions of its own:\n%s", module)
	}
	if _, err := moduleFor([]byte("module x\n"), "v1.35.4"); err == nil {
		t.Error("a go.mod without staging modules was accepted")
	}
}

func TestNodesAddAProgramOfTheSameVersion(t *testing.T) {
	f, runs := newFinder(t)
	set, err := f.Find("")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := f.ForNodes(set.Version)
	if err != nil || len(missing(dir, NodeComponents)) > 0 || runs() != 2 {
		t.Errorf("%s lacks %v after %d builds: %v", dir, missing(dir, NodeComponents), runs(), err)
	}
	if dir == set.Dir || !strings.Contains(filepath.Base(dir), set.Version) {
		t.Errorf("it is %s", dir)
	}
}

func TestToolsAreBuiltInTheVersionThatIsRequired(t *testing.T) {
	f, runs := newFinder(t)
	write(t, filepath.Join(f.Sources, "go.mod"), goMod+"\nrequire (\n\tgithub.com/containerd/containerd/v2 v2.3.7 // indirect\n"+
		"\thelm.sh/helm/v4 v4.2.4 // indirect\n)\n", 0o644)
	for range 2 {
		dir, err := f.ContainerRuntime()
		if err != nil || len(missing(dir, Runtime)) > 0 || !strings.Contains(dir, "containerd-v2.3.7-") {
			t.Errorf("%s: %v", dir, err)
		}
		if dir, err = f.Helm(); err != nil || !executable(filepath.Join(dir, "helm")) || !strings.Contains(dir, "helm-v4.2.4-") {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if runs() != 2 {
		t.Errorf("built %d times", runs())
	}
}

// installPromtool puts one into PATH, before one that this machine may have.
func installPromtool(t *testing.T, answer string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "promtool"), "#!/bin/sh\necho '"+answer+"'\n", 0o755)
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

func TestPromtoolOfThePathSparesTheBuild(t *testing.T) {
	f, runs := newFinder(t)
	for _, version := range []string{"2.42.0+ds (branch: debian/sid)", "2.100.1 (branch: HEAD)", "3.0.0 (branch: HEAD)"} {
		want := installPromtool(t, "promtool, version "+version)
		if dir, err := f.Promtool(); err != nil || dir != want || runs() != 0 {
			t.Errorf("%s with %d builds: %v", dir, runs(), err)
		}
	}
}

func TestPromtoolIsBuiltInTheVersionThatItsOwnModuleRequires(t *testing.T) {
	f, runs := newFinder(t)
	write(t, filepath.Join(f.Modules, "promtool", "go.mod"),
		"module promtool\n\nrequire github.com/prometheus/prometheus v0.316.0\n", 0o644)
	for _, installed := range []string{"promtool, version 2.41.0 (branch: HEAD)", "something else"} {
		installPromtool(t, installed)
		dir, err := f.Promtool()
		if err != nil || !executable(filepath.Join(dir, "promtool")) || !strings.Contains(dir, "promtool-v0.316.0-") {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if runs() != 1 {
		t.Errorf("built %d times", runs())
	}
}

func TestTestsAreNoSources(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "main.go", "main_test.go", "node/main.go", "README.md"} {
		write(t, filepath.Join(dir, name), "", 0o644)
	}
	files, err := sourceFiles(dir)
	if want := []string{"go.mod", "main.go", "node/main.go"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("%v: %v", files, err)
	}
}
