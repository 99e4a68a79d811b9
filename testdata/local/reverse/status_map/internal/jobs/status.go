package jobs

import "sync"

var (
	mu     sync.Mutex
	status = map[string]string{}
)

func Set(id, s string) {
	mu.Lock()
	defer mu.Unlock()
	status[id] = s
}

func Get(id string) string {
	mu.Lock()
	defer mu.Unlock()
	return status[id]
}
