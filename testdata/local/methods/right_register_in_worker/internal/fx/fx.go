package fx

import "sync"

type Table struct {
	sync.RWMutex
	cents map[string]int
}

var T Table

func (t *Table) Register(currency string, cents int) {
	t.Lock()
	defer t.Unlock()
	if t.cents == nil {
		t.cents = make(map[string]int)
	}
	t.cents[currency] = cents
}

func (t *Table) Rate(currency string) int {
	t.RLock()
	defer t.RUnlock()
	return t.cents[currency]
}

// Fill registers the usual rates.
func Fill(t *Table) { t.Register("eur", 90) }
