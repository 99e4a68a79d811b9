// Package drivers is a registry of databases.
package drivers

import (
	"fmt"
	"net/url"
	"sync"
)

type Driver interface{ Exec(q string) error }

var (
	mu  sync.RWMutex
	all = map[string]func(u *url.URL) Driver{}
)

func Register(scheme string, open func(u *url.URL) Driver) {
	mu.Lock()
	defer mu.Unlock()
	all[scheme] = open
}

func Open(rawURL string) (Driver, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, err
	}
	mu.RLock()
	defer mu.RUnlock()
	open, ok := all[u.Scheme]
	if !ok {
		return nil, fmt.Errorf("drivers: unknown scheme %q (forgotten import?)", u.Scheme)
	}
	return open(u), nil
}
