package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"time"
)

var timestamp = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"`)

// shiftTimes changes every time in JSON, and not its length: the digits of a
// fraction stay.
func shiftTimes(body []byte, by time.Duration) []byte {
	return timestamp.ReplaceAllFunc(body, func(quoted []byte) []byte {
		text := string(quoted[1 : len(quoted)-1])
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return quoted
		}
		layout := "2006-01-02T15:04:05"
		if digits := len(text) - len("2006-01-02T15:04:05.Z"); digits > 0 {
			layout += "." + strings.Repeat("0", digits)
		}
		return []byte(`"` + at.Add(by).Format(layout+"Z") + `"`)
	})
}

// shiftedBody changes the times in a stream of JSON lines, or in one document.
type shiftedBody struct {
	io.ReadCloser
	by    time.Duration
	rest  []byte // not ended by a line break yet
	ready []byte
	err   error
}

func (s *shiftedBody) Read(into []byte) (int, error) {
	for len(s.ready) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		buffer := make([]byte, 16<<10)
		n, err := s.ReadCloser.Read(buffer)
		s.rest, s.err = append(s.rest, buffer[:n]...), err
		end := bytes.LastIndexByte(s.rest, '\n') + 1
		if err != nil {
			end = len(s.rest)
		}
		s.ready, s.rest = shiftTimes(s.rest[:end], s.by), s.rest[end:]
	}
	n := copy(into, s.ready)
	s.ready = s.ready[n:]
	return n, nil
}
