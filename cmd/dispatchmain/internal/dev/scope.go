package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Scope holds the temporary folder and the processes of a run of dev. They do not
// outlive the run, even if it is killed.
type Scope struct {
	dir      string
	lock     *os.File // in dir
	terminal bool     // there is a controlling terminal
	finished atomic.Bool
	grace    atomic.Int64 // the time that programs have to exit

	forks   chan func() // run by one thread
	forking sync.WaitGroup

	watcher *exec.Cmd // nil if it did not start

	mu      sync.Mutex
	state   io.WriteCloser // tells the watcher which processes to kill
	started map[*exec.Cmd]bool
}

const (
	folderPrefix = "dispatchmain-"
	ownerFile    = "owner"

	// scopeVariable holds the scope's folder in the environment of every process that
	// this one starts, and so of their children.
	scopeVariable = "DISPATCHMAIN_DEV"

	// shutdownGrace is the time that a program has to exit before it is killed. It is
	// short, since a person is waiting.
	shutdownGrace = 3 * time.Second

	// abandonedGrace is the same if nobody is waiting: the terminal was closed.
	abandonedGrace = time.Second
)

// NewScope removes the folders of processes that were killed, and returns a new scope.
func NewScope() (*Scope, error) {
	sweep()
	dir, err := os.MkdirTemp("", folderPrefix)
	if err != nil {
		return nil, err
	}
	s := &Scope{dir: dir, terminal: hasTerminal(), forks: make(chan func()), started: make(map[*exec.Cmd]bool)}
	s.grace.Store(int64(shutdownGrace))
	if s.lock, err = lockFolder(dir); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	// Linux kills a process when the thread that started it ends. This thread does not.
	s.forking.Go(func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		followParent()
		for f := range s.forks {
			f()
		}
	})
	s.startWatcher()
	return s, os.Setenv(scopeVariable, dir)
}

// startWatcher starts a process that cleans up if this one is killed. Without it, most
// of the scope still ends, so an error is ignored.
func (s *Scope) startWatcher() {
	exe, err := os.Executable()
	if err != nil {
		return
	}
	r, w, err := os.Pipe()
	if err != nil {
		return
	}
	defer r.Close()
	cmd := exec.Command(exe, WatchCommand, s.dir)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin = r
	newSession(cmd)
	if err := cmd.Start(); err != nil {
		_ = w.Close()
		return
	}
	s.watcher, s.state = cmd, w
}

// Close ends all processes of the scope, and removes its folder. If the programs ended
// by themselves, their children may go on.
func (s *Scope) Close() error {
	if !s.finished.Load() {
		killScope(s.dir)
	}
	close(s.forks)
	s.forking.Wait()
	err := errors.Join(s.lock.Close(), os.RemoveAll(s.dir))
	if s.watcher != nil {
		fmt.Fprintln(s.state)
		err = errors.Join(err, s.state.Close(), s.watcher.Wait())
	}
	return err
}

// abandon makes programs end sooner, since nobody is waiting.
func (s *Scope) abandon() { s.grace.Store(int64(abandonedGrace)) }

// launch starts cmd, which does not outlive this process.
func (s *Scope) launch(cmd *exec.Cmd) error {
	dieWithParent(cmd)
	err := make(chan error)
	s.forks <- func() { err <- cmd.Start() }
	if err := <-err; err != nil {
		return err
	}
	s.note(func() { s.started[cmd] = true })
	return nil
}

// ended forgets cmd: another process may soon get its process ID.
func (s *Scope) ended(cmd *exec.Cmd) { s.note(func() { delete(s.started, cmd) }) }

// note changes the list of started programs, and tells the watcher.
func (s *Scope) note(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	if s.state == nil {
		return
	}
	var targets []string
	for cmd := range s.started {
		targets = append(targets, fmt.Sprint(killTarget(cmd)))
	}
	slices.Sort(targets)
	fmt.Fprintln(s.state, strings.Join(targets, " ")) // fails only if the watcher was killed
}

// combinedOutput runs cmd and returns its output.
func (s *Scope) combinedOutput(cmd *exec.Cmd) ([]byte, error) {
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := s.launch(cmd); err != nil {
		return nil, err
	}
	defer s.ended(cmd)
	err := cmd.Wait()
	return []byte(out.String()), err
}

// Dir returns the scope's temporary folder.
func (s *Scope) Dir() string { return s.dir }

// GoEnv returns the environment for the go command. Its temporary files are in the
// scope's folder, since it leaves them behind when it is killed.
func (s *Scope) GoEnv() []string {
	env := os.Environ()
	if os.Getenv("GOTMPDIR") == "" {
		env = append(env, "GOTMPDIR="+s.dir)
	}
	return env
}

// Interruptible returns a context that is done on a signal that should end the program.
func Interruptible(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	stop, restore := notify(signals), stopWithParent()
	go func() {
		select {
		case sig := <-signals:
			cancel(&signaled{sig})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		stop()
		restore()
		cancel(nil)
	}
}

// signaled is the cause of a context that a signal ended.
type signaled struct{ os.Signal }

func (s *signaled) Error() string { return s.String() }

// causeOf returns the signal that ended ctx, or nil.
func causeOf(ctx context.Context) os.Signal {
	if s, ok := errors.AsType[*signaled](context.Cause(ctx)); ok {
		return s.Signal
	}
	return nil
}

// sweep removes the folders of killed runs, and kills their remaining processes. It is not
// important, so it ignores errors.
func sweep() {
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	for _, dir := range folders {
		if lock := lockOrphan(dir); lock != nil {
			killScope(dir)
			_ = os.RemoveAll(dir)
			_ = lock.Close()
		}
	}
}
