package filelock

import (
	"path/filepath"
	"testing"
	"time"
)

func TestALockIsHeldByOneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "lock")
	first, err := Try(path)
	if err != nil || first == nil {
		t.Fatalf("the first did not get the lock: %v", err)
	}
	second, err := Try(path)
	if err != nil || second != nil {
		t.Fatalf("the second got the lock too: %v", err)
	}
	waited := make(chan bool, 1)
	go func() {
		<-waited
		first.Release()
	}()
	said := false
	third, err := Acquire(path, 20*time.Millisecond, func(time.Duration) {
		if !said {
			said = true
			waited <- true
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	third.Release()
	if !said {
		t.Error("nothing was said while waiting")
	}
}
