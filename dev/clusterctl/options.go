package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"portclaim.io/dev/clusterctl/internal/binaries"
	"portclaim.io/dev/clusterctl/internal/instance"
)

// errHelp says that help was asked for and given.
var errHelp = errors.New("help")

// options parses the command line of one sub-command.
type options struct {
	*flag.FlagSet
	root string
	name string
}

func newOptions(usage, explanation string) *options {
	o := &options{FlagSet: flag.NewFlagSet(usage, flag.ContinueOnError)}
	o.StringVar(&o.root, "clusters-dir", defaultRoot(), "the `directory` that holds the clusters, also PORTCLAIM_CLUSTERS_DIR")
	o.SetOutput(os.Stderr)
	o.Usage = func() {
		fmt.Fprintf(o.Output(), "usage: dev/cluster %s\n\n%s\n\n", usage, explanation)
		o.VisitAll(func(f *flag.Flag) {
			value, text := flag.UnquoteUsage(f)
			if value != "" {
				value = " " + strings.ToUpper(value)
			}
			if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" {
				text += " (default " + f.DefValue + ")"
			}
			fmt.Fprintf(o.Output(), "  --%s%s\n        %s\n", f.Name, value, text)
		})
	}
	return o
}

// withName adds the option that most commands have.
func (o *options) withName() *options {
	o.StringVar(&o.name, "name", "default", "the `name` of the cluster")
	return o
}

// parse reads options that may stand before, between and after the other words,
// and returns those; everything after "--" is left as it is.
func (o *options) parse(arguments []string) ([]string, error) {
	var words, verbatim []string
	for n, argument := range arguments {
		if argument == "--" {
			arguments, verbatim = arguments[:n], arguments[n+1:]
			break
		}
		if argument == "--help" || argument == "-h" || argument == "-help" {
			o.SetOutput(os.Stdout)
		}
	}
	for {
		if err := o.FlagSet.Parse(arguments); errors.Is(err, flag.ErrHelp) {
			return nil, errHelp
		} else if err != nil {
			return nil, errors.New("see the options above")
		}
		if o.NArg() == 0 {
			return append(words, verbatim...), nil
		}
		words = append(words, o.Arg(0))
		arguments = o.Args()[1:]
	}
}

// parseNone is parse for a command that takes options only.
func (o *options) parseNone(arguments []string) error {
	words, err := o.parse(arguments)
	if err == nil && len(words) > 0 {
		err = fmt.Errorf("unexpected %q: \"dev/cluster %s\"", words[0], o.FlagSet.Name())
	}
	return err
}

func (o *options) instance() (instance.Instance, error) { return instance.New(o.root, o.name) }

// list is an option that can be given more than once.
type list []string

func (l *list) String() string { return fmt.Sprint([]string(*l)) }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

func defaultRoot() string {
	if root := os.Getenv("PORTCLAIM_CLUSTERS_DIR"); root != "" {
		return root
	}
	return filepath.Join(baseDir("XDG_STATE_HOME", ".local/state"), "portclaim", "clusters")
}

func finder() (binaries.Finder, error) {
	dev := os.Getenv("PORTCLAIM_DEV_DIR")
	if dev == "" {
		return binaries.Finder{}, errors.New("PORTCLAIM_DEV_DIR is not set: run this program through dev/cluster")
	}
	return binaries.Finder{
		Sources: filepath.Join(dev, "controlplane"),
		Modules: dev,
		Cache:   cacheDir(),
		Assets:  os.Getenv("KUBEBUILDER_ASSETS"),
		Report:  report,
	}, nil
}

func cacheDir() string { return filepath.Join(baseDir("XDG_CACHE_HOME", ".cache"), "portclaim") }

// baseDir follows the XDG rules: a variable, or else a place below the home.
func baseDir(variable, fallback string) string {
	if dir := os.Getenv(variable); filepath.IsAbs(dir) {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return filepath.Join(os.TempDir(), fmt.Sprintf("portclaim-%d", os.Getuid()), fallback)
	}
	return filepath.Join(home, fallback)
}
