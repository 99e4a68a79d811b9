package once

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Memory is a [Store] in this process, for tests and for programs of one process. It
// never deletes a mark. Its zero value is ready to use.
type Memory struct {
	mu   sync.Mutex
	keys map[string]*entry
}

type entry struct {
	done  bool
	owner string
	until time.Time
}

// Lease implements [Store].
func (m *Memory) Lease(_ context.Context, key, owner string, d time.Duration) (State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	e := m.keys[key]
	switch {
	case e != nil && e.done:
		return Done, nil
	case e != nil && e.owner != owner && now.Before(e.until):
		return Busy, nil
	}
	if m.keys == nil {
		m.keys = make(map[string]*entry)
	}
	m.keys[key] = &entry{owner: owner, until: now.Add(d)}
	return Taken, nil
}

// Finish implements [Store].
func (m *Memory) Finish(_ context.Context, key, owner string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.keys[key]
	if e == nil || e.owner != owner {
		return errors.New("the owner does not have the lease")
	}
	e.done = true
	return nil
}

// Release implements [Store].
func (m *Memory) Release(_ context.Context, key, owner string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.keys[key]; e != nil && e.owner == owner && !e.done {
		delete(m.keys, key)
	}
	return nil
}
