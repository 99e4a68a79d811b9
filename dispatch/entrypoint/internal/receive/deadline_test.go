package receive

import (
	"testing"
	"time"
)

func TestDeadline(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[string]time.Duration{
		"":     590 * time.Second, // not on Cloud Run
		"60":   50 * time.Second,
		"540":  530 * time.Second,
		"3600": 590 * time.Second, // the subscription waits for a shorter time
		"12":   6 * time.Second,
		"0":    590 * time.Second,
		"-1":   590 * time.Second,
		"soon": 590 * time.Second,
	} {
		if got := deadline(seconds); got != want {
			t.Errorf("deadline(%q) = %v, want %v", seconds, got, want)
		}
	}
}
