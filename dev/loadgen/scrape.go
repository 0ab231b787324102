package main

import (
	"bufio"
	"bytes"
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Series are samples of a scrape in Prometheus' text format, by name and labels
// as they are written: name{a="b",c="d"}.
type Series map[string]float64

// parseSeries reads the samples whose name begins with one of the prefixes.
func parseSeries(text []byte, prefixes ...string) Series {
	series := Series{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if !slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(line, prefix) }) {
			continue
		}
		key, value, found := cutLast(line, " ")
		if number, err := strconv.ParseFloat(value, 64); found && err == nil {
			series[key] = number
		}
	}
	return series
}

func cutLast(s, separator string) (before, after string, found bool) {
	at := strings.LastIndex(s, separator)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(separator):], true
}

// Since returns by how much each sample has grown.
func (s Series) Since(before Series) Series {
	grown := Series{}
	for key, value := range s {
		grown[key] = value - before[key]
	}
	return grown
}

// label returns the value of a label in a sample's key, which has no escapes.
func label(key, name string) string {
	_, rest, found := strings.Cut(key, name+`="`)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// quantile estimates a quantile of a histogram as Prometheus does, by going
// evenly through the bucket that it falls into; 0 without samples, and the
// largest finite bound where it lies beyond that.
func (s Series) quantile(histogram string, q float64) float64 {
	type bucket struct{ bound, count float64 }
	var buckets []bucket
	for key, count := range s {
		if strings.HasPrefix(key, histogram+"_bucket{") {
			bound, err := strconv.ParseFloat(label(key, "le"), 64)
			if err == nil {
				buckets = append(buckets, bucket{bound, count})
			}
		}
	}
	slices.SortFunc(buckets, func(a, b bucket) int { return cmp.Compare(a.bound, b.bound) })
	if s[histogram+"_count"] == 0 {
		return 0
	}
	rank := q * s[histogram+"_count"]
	var low bucket
	for _, b := range buckets {
		if b.count >= rank {
			if math.IsInf(b.bound, 1) {
				return low.bound
			}
			return low.bound + (b.bound-low.bound)*(rank-low.count)/max(b.count-low.count, 1)
		}
		low = b
	}
	return low.bound
}

// Requests counts answered requests, mostly those that change something, by what
// they do, such as "configmaps POST" or "portclaims/status PUT".
type Requests map[string]float64

// Leases are renewed by time, whatever the work.
func isLease(what string) bool { return strings.HasPrefix(what, "leases ") }

// mutates reports whether a sample of apiserver_request_total counts requests that
// change something.
func mutates(key string) bool {
	switch label(key, "verb") {
	case "POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION":
		// Reviews are questions that are asked by POST.
		return !strings.HasSuffix(label(key, "resource"), "reviews")
	default:
		return false
	}
}

func mutatingRequests(grown Series) Requests { return countRequests(grown, mutates) }

// countRequests reads the API server's apiserver_request_total. An answer that
// is not a success is counted too and has its code behind it.
func countRequests(grown Series, wanted func(key string) bool) Requests {
	requests := Requests{}
	for key, count := range grown {
		if count == 0 || !strings.HasPrefix(key, "apiserver_request_total{") || !wanted(key) {
			continue
		}
		what := label(key, "resource")
		if sub := label(key, "subresource"); sub != "" {
			what += "/" + sub
		}
		what += " " + label(key, "verb")
		if code := label(key, "code"); !strings.HasPrefix(code, "2") {
			what += " " + code
		}
		requests[what] += count
	}
	return requests
}

// since returns what was counted more often than before.
func (r Requests) since(before Requests) Requests {
	grown := Requests{}
	for what, count := range r {
		if count > before[what] {
			grown[what] = count - before[what]
		}
	}
	return grown
}

// Without returns the requests that none of the words begins.
func (r Requests) Without(prefixes ...string) Requests {
	rest := Requests{}
	for what, count := range r {
		if !slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(what, prefix) }) {
			rest[what] = count
		}
	}
	return rest
}

// Total is the sum of all counts, but for leases.
func (r Requests) Total() float64 {
	var total float64
	for what, count := range r {
		if !isLease(what) {
			total += count
		}
	}
	return total
}
