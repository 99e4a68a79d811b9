package settings

import "sync"

type Settings struct{ SMTP string }

var (
	mu      sync.RWMutex
	current *Settings
)

func Use(s *Settings) {
	mu.Lock()
	current = s
	mu.Unlock()
}

func Get() *Settings {
	mu.RLock()
	defer mu.RUnlock()
	return current
}
