package deadletter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A file is a letter in a directory.
type file struct {
	Reason      string            `json:"reason"`
	Attempt     int               `json:"attempt,omitzero"`
	Published   time.Time         `json:"published,omitzero"`
	Parked      time.Time         `json:"parked"`
	OrderingKey string            `json:"orderingKey,omitzero"`
	Attributes  map[string]string `json:"attributes"`
	Data        []byte            `json:"data"` // in base64
}

const suffix = ".letter.json"

// maxLetter is more bytes than any letter has: an entrypoint takes 16 MiB by default,
// of which the data may be written in base64 and the rest with escapes.
const maxLetter = 128 << 20

var errNoLetter = errors.New("it is no letter (repair the file, or delete it)")

// Dir returns a Sink that writes each letter into a file of its own, as JSON,
// which only this user can read: it holds the arguments. The directory is made
// when it is missing. A letter is kept when the file and its name are on the
// disk.
//
// The directory has no limit. Whoever may send messages to the callee can fill it, also
// with messages that are malformed or not signed: authenticate requests, and watch the
// disk. If the disk is full, deliveries fail and the queue repeats them.
func Dir(dir string) Sink {
	return Func(func(_ context.Context, l *Letter) error {
		now := time.Now()
		data, err := json.Marshal(&file{
			Reason: strings.ToValidUTF8(l.Reason, "\uFFFD"), Attempt: l.Attempt, Published: l.Published, Parked: now,
			OrderingKey: l.OrderingKey, Attributes: l.Attributes, Data: l.Data,
		}, json.DefaultOptionsV2(), json.Deterministic(true), jsontext.WithIndent("  "))
		if err != nil {
			return errors.New("write a letter: the message holds text that is not valid UTF-8")
		}
		if len(data) > maxLetter { // which ReplayDir does not read
			return fmt.Errorf("write a letter: it has %d bytes, want at most %d (use a topic as the sink)", len(data), maxLetter)
		}
		if err := write(dir, now, data); err != nil {
			return fmt.Errorf("write a letter: %w", err)
		}
		return nil
	})
}

// write makes the file of a letter, under a name that nobody has taken and that
// sorts by time.
func write(dir string, now time.Time, data []byte) (err error) {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		if err := makeDir(dir); err != nil {
			return err
		}
	}
	f, err := os.CreateTemp(dir, strings.ReplaceAll(format(now), ":", "")+"-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // it is no letter
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), strings.TrimSuffix(f.Name(), ".tmp")+suffix); err != nil {
		return err
	}
	return syncDir(dir)
}

// makeDir makes dir and its parents, and has each on the disk.
func makeDir(dir string) error {
	parent := filepath.Dir(dir)
	if _, err := os.Stat(parent); errors.Is(err, os.ErrNotExist) && parent != dir {
		if err := makeDir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDir(parent)
}

// syncDir has the names in dir on the disk, where the system has a way to say so.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ReplayDir publishes the letters of a directory again, the oldest first, and
// deletes the file of each for which publish, such as the method of a transport,
// returns nil. It returns how many these are, and an error that names each file
// that it could not read or publish, and leaves those. Several processes may do so at
// once: each letter is locked while it is published, and left to the one that has it.
// On systems and file systems without flock, such as Windows and some network drives,
// run one replay at a time.
func ReplayDir(ctx context.Context, dir string, publish transport.Publisher) (n int, err error) {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return 0, fmt.Errorf("replay letters: %w", err)
	}
	var failed []error
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix) {
			continue // another's, or one that was not written to its end
		}
		if err := ctx.Err(); err != nil {
			failed = append(failed, fmt.Errorf("replay letters: %w", err))
			break
		}
		name := filepath.Join(dir, e.Name())
		switch err := replay(ctx, name, publish); {
		case err == nil:
			n++
		case errors.Is(err, errTaken): // it is not ours to tell of
		default:
			failed = append(failed, fmt.Errorf("replay %s: %w", name, err))
		}
	}
	return n, errors.Join(failed...)
}

// errTaken says that another process has replayed a letter, or is about to.
var errTaken = errors.New("another process has it")

func replay(ctx context.Context, name string, publish transport.Publisher) error {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return errTaken
	case err != nil:
		return err
	case !info.Mode().IsRegular() || info.Size() > maxLetter:
		return errNoLetter
	}
	in, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return errTaken
	}
	if err != nil {
		return err
	}
	defer in.Close()
	if err := lock(in); err != nil {
		return err
	}
	// Another may have deleted it before it was locked.
	locked, err := in.Stat()
	if err != nil {
		return err
	}
	if now, err := os.Lstat(name); err != nil || !os.SameFile(locked, now) {
		return errTaken
	}
	data, err := io.ReadAll(io.LimitReader(in, maxLetter))
	if err != nil {
		return err
	}
	var f file
	if err := json.Unmarshal(data, &f, json.DefaultOptionsV2()); err != nil || f.Parked.IsZero() {
		return errNoLetter // err may quote what it holds
	}
	if f.Attributes == nil { // which middleware may add to
		f.Attributes = make(map[string]string)
	}
	if err := publish(ctx, &transport.Message{Data: f.Data, Attributes: f.Attributes, OrderingKey: f.OrderingKey}); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // which deletes no open file
		_ = in.Close()
	}
	if err := os.Remove(name); err != nil {
		return fmt.Errorf("it was published, but not deleted: %w (delete it, or it is published twice)", err)
	}
	return nil
}
