package ports

import (
	"testing"
)

func TestChosenPortsAreDifferentAndFree(t *testing.T) {
	chosen, err := Choose(20)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, port := range chosen {
		if seen[port] {
			t.Errorf("%d was chosen twice", port)
		}
		seen[port] = true
		if !Free(port) {
			t.Errorf("%d is not free", port)
		}
	}
}

func TestChosenPortsAvoidTheEphemeralRange(t *testing.T) {
	low, high := ephemeralRange()
	if len(outside(low, high)) < 2000 {
		t.Skip("the ephemeral range leaves no room here")
	}
	chosen, err := Choose(20)
	if err != nil {
		t.Fatal(err)
	}
	for _, port := range chosen {
		if port >= low && port <= high {
			t.Errorf("%d lies in the ephemeral range %d-%d", port, low, high)
		}
	}
}

func TestABoundPortIsNotFree(t *testing.T) {
	chosen, err := Choose(1)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := listen(chosen[0])
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if Free(chosen[0]) {
		t.Error("a bound port is said to be free")
	}
}

func TestEphemeralRange(t *testing.T) {
	for content, want := range map[string][2]int{
		"15000\t25000\n": {15000, 25000},
		"":               {32768, 60999},
		"a b":            {32768, 60999},
	} {
		if low, high := parseRange(content); low != want[0] || high != want[1] {
			t.Errorf("%q: got %d-%d, want %v", content, low, high, want)
		}
	}
}
