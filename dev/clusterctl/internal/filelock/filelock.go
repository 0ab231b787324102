// Package filelock keeps two runs of this program from doing the same work.
package filelock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Lock is held until it is released or the process ends, however it ends.
type Lock struct{ file *os.File }

// Acquire takes the lock on a file and calls waiting every now and then while
// another process holds it.
func Acquire(path string, every time.Duration, waiting func(elapsed time.Duration)) (*Lock, error) {
	begin, next := time.Now(), every
	for {
		lock, err := Try(path)
		if lock != nil || err != nil {
			return lock, err
		}
		if elapsed := time.Since(begin); elapsed >= next {
			waiting(elapsed)
			next += every
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Try takes the lock if nobody holds it, and else returns neither lock nor error.
func Try(path string) (*Lock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &Lock{file}, nil
	}
	file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		return nil, nil
	}
	return nil, fmt.Errorf("cannot lock %s: %w", path, err)
}

// Release gives the lock up. The file stays: removing it would let a third
// process lock a new file while a second one still waits on the old.
func (l *Lock) Release() { l.file.Close() }
