// Chaosrun plays faults against real operators on a real control plane and
// checks the promise on everything that was written; dev/chaos starts it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type settings struct {
	workDir, binaries, helm, chart string
	keep, markdown, check          string
	rows                           string
	chosen                         map[int]bool // rows to play
	seed                           uint64
	runs                           int // at most, of each row; 0: all
	quick                          bool
	timeout                        time.Duration
	command                        []string
}

func readSettings(arguments []string) (*settings, error) {
	s := &settings{}
	flags := flag.NewFlagSet("dev/chaos", flag.ContinueOnError)
	flags.StringVar(&s.workDir, "work-dir", "", "")
	flags.StringVar(&s.binaries, "binaries", "", "")
	flags.StringVar(&s.helm, "helm", "", "")
	flags.StringVar(&s.chart, "chart", "", "")
	flags.StringVar(&s.keep, "keep", "", "")
	flags.StringVar(&s.markdown, "markdown", "", "")
	flags.StringVar(&s.check, "check", "", "")
	flags.StringVar(&s.rows, "row", "", "")
	flags.Uint64Var(&s.seed, "seed", 0, "")
	flags.IntVar(&s.runs, "runs", 0, "")
	flags.BoolVar(&s.quick, "quick", false, "")
	flags.DurationVar(&s.timeout, "timeout", 0, "")
	flags.Usage = func() {}
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	s.command = flags.Args()
	if s.timeout == 0 {
		s.timeout = 2 * time.Hour
		if s.quick {
			s.timeout = 5 * time.Minute
		}
	}
	if err := s.readRows(); err != nil {
		return nil, err
	}
	if s.check == "" && (len(s.command) == 0 || s.workDir == "") {
		return nil, errors.New("use dev/chaos, which knows how the operator is started")
	}
	return s, nil
}

// readRows reads numbers and ranges of them: 7,9-11. A range without an end is up to the last.
func (s *settings) readRows() error {
	s.chosen = map[int]bool{}
	for part := range strings.SplitSeq(s.rows, ",") {
		if s.rows == "" {
			part = fmt.Sprintf("1-%d", len(allRows))
		}
		from, to, isRange := strings.Cut(part, "-")
		switch {
		case !isRange:
			to = from
		case to == "":
			to = strconv.Itoa(len(allRows))
		}
		first, err1 := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if errors.Join(err1, err2) != nil || first < 1 || last < first || last > len(allRows) {
			return fmt.Errorf("--row %s: there are rows 1 to %d; write 7 or 7,9-11 or 38-", s.rows, len(allRows))
		}
		for row := first; row <= last; row++ {
			s.chosen[row] = true
		}
	}
	return nil
}

func say(format string, arguments ...any) { fmt.Fprintf(os.Stderr, format+"\n", arguments...) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	kept, err := run(ctx, os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintf(os.Stderr, "dev/chaos: %v\n", err)
		os.Exit(1)
	case !kept:
		os.Exit(3)
	}
}

func run(ctx context.Context, arguments []string) (kept bool, err error) {
	s, err := readSettings(arguments)
	if err != nil {
		return false, err
	}
	if s.check != "" {
		return checkRecording(s.check)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, fmt.Errorf("not done after %s (--timeout)", s.timeout))
	defer cancel()
	campaign := &Campaign{settings: s}
	err = campaign.run(ctx)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	err = errors.Join(err, campaign.print(os.Stdout))
	if s.markdown != "" {
		err = errors.Join(err, campaign.write(s.markdown))
	}
	return campaign.kept(), err
}

// checkRecording judges a recording that was kept.
func checkRecording(path string) (bool, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "recording.jsonl")
	}
	events, err := readRecording(path)
	if err != nil {
		return false, err
	}
	checker := newChecker(cooldown)
	checker.judge(events)
	for _, violation := range checker.violations {
		fmt.Println(violation)
	}
	say("%d revisions judged, %d ports published, %d decisions, writes for one generation at most %v, %d violations",
		checker.judged, checker.published, checker.decided, checker.mostWrites, len(checker.violations))
	return len(checker.violations) == 0, nil
}
