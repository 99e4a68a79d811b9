package queue

import (
	"fmt"
	"sync"
)

type Pool struct {
	mu    sync.Mutex
	conns []string
}

var Default Pool

func (p *Pool) Open(addrs ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, addrs...)
}

func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = nil
	return nil
}

func (p *Pool) Send(n int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Println("queued", n, "on", p.conns[n%len(p.conns)])
	return nil
}
