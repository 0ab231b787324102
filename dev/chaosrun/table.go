package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

func (r *Result) verdict() string {
	switch {
	case r.skipped != "":
		return "skipped"
	case len(r.problems) > 0:
		return "broken"
	}
	return "kept"
}

func (r *Result) seen() string {
	if r.skipped != "" {
		return r.skipped
	}
	seen := []string{fmt.Sprintf("%d revisions", r.revisions)}
	for _, counts := range []map[string]int{r.notes, r.ends} {
		for _, what := range slices.Sorted(maps.Keys(counts)) {
			seen = append(seen, fmt.Sprintf("%d × %s", counts[what], what))
		}
	}
	return strings.Join(seen, ", ")
}

// line is its row of the table.
func (r *Result) line() string {
	return fmt.Sprintf("| %d | %s | %d | %s | %s | %s |\n", r.number, r.row.fault, r.runs, seedRanges(r.seeds), r.seen(), r.verdict())
}

// seedRanges writes ascending seeds as in 1-12, 40.
func seedRanges(seeds []uint64) string {
	var ranges []string
	for i := 0; i < len(seeds); {
		end := i + 1
		for end < len(seeds) && seeds[end] == seeds[end-1]+1 {
			end++
		}
		text := strconv.FormatUint(seeds[i], 10)
		if end > i+1 {
			text = fmt.Sprintf("%d-%d", seeds[i], seeds[end-1])
		}
		ranges = append(ranges, text)
		i = end
	}
	return strings.Join(ranges, ", ")
}

const tableHead = "| row | fault | runs | seeds | what was seen | promise |\n|---|---|---|---|---|---|\n"

// print prints the table.
func (c *Campaign) print(out io.Writer) error {
	text := tableHead
	for _, r := range c.results {
		text += r.line()
	}
	_, err := io.WriteString(out, text)
	return err
}

const (
	tableBegin = "<!-- the table; dev/chaos writes it with the option write -->\n"
	tableEnd   = "<!-- end of the table -->\n"
)

// write puts the rows that were played into the table of a page.
func (c *Campaign) write(page string) error {
	content, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(content), tableBegin)
	present, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		return fmt.Errorf("%s has no place for the table", page)
	}
	lines := map[string]string{}
	for line := range strings.Lines(present) {
		if number, _, isRow := strings.Cut(strings.TrimPrefix(line, "| "), " | "); isRow {
			lines[number] = line
		}
	}
	table := tableHead
	for n := range allRows {
		number := strconv.Itoa(n + 1)
		for _, r := range c.results {
			if r.number == n+1 && r.done {
				lines[number] = r.line()
			}
		}
		table += lines[number]
	}
	return os.WriteFile(page, []byte(before+tableBegin+table+tableEnd+after), 0o644)
}
