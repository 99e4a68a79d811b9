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

// A letterFile is the JSON of a letter in a directory.
type letterFile struct {
	Reason      string            `json:"reason"`
	Attempt     int               `json:"attempt,omitzero"`
	Published   time.Time         `json:"published,omitzero"`
	Parked      time.Time         `json:"parked"`
	OrderingKey string            `json:"orderingKey,omitzero"`
	Attributes  map[string]string `json:"attributes"`
	Data        []byte            `json:"data"` // in base64
}

const letterSuffix = ".letter.json"

// maxLetterSize limits the bytes of a letter. By default an entrypoint accepts requests
// of up to 16 MiB. The letter of such a request is larger, because its data is encoded in
// base64 and its attributes are escaped, but it stays within this limit.
const maxLetterSize = 128 << 20

var errNotLetter = errors.New("it is not a letter (repair or delete the file)")

// Dir returns a Sink that writes each letter as JSON into a file of its own. Only the
// current user can read the file, because it contains the arguments. If the directory does
// not exist, it is created. Park returns when the file and its name are on the disk.
//
// The size of the directory is not limited. Anyone who may send messages to the callee can
// fill it, even with malformed or unsigned messages. Authenticate requests, and monitor
// the disk. If the disk is full, deliveries fail and the queue retries them.
func Dir(dir string) Sink {
	return Func(func(_ context.Context, l *Letter) error {
		now := time.Now()
		data, err := json.Marshal(&letterFile{
			Reason: strings.ToValidUTF8(l.Reason, "\uFFFD"), Attempt: l.Attempt, Published: l.Published, Parked: now,
			OrderingKey: l.OrderingKey, Attributes: l.Attributes, Data: l.Data,
		}, json.DefaultOptionsV2(), json.Deterministic(true), jsontext.WithIndent("  "))
		if err != nil {
			return errors.New("write a letter: the message holds text that is not valid UTF-8")
		}
		if len(data) > maxLetterSize { // ReplayDir could not read it
			return fmt.Errorf("write a letter: it has %d bytes, want at most %d (use a topic as the sink)", len(data), maxLetterSize)
		}
		if err := write(dir, now, data); err != nil {
			return fmt.Errorf("write a letter: %w", err)
		}
		return nil
	})
}

// write writes a letter to a new file in dir. The names of the files sort by time.
func write(dir string, now time.Time, data []byte) (err error) {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		if err := makeDir(dir); err != nil {
			return err
		}
	}
	f, err := os.CreateTemp(dir, strings.ReplaceAll(formatTime(now), ":", "")+"-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // it is incomplete
		}
	}()
	if err := writeAll(f, data); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), strings.TrimSuffix(f.Name(), ".tmp")+letterSuffix); err != nil {
		return err
	}
	return syncDir(dir)
}

// writeAll writes data to f, syncs it to the disk, and closes it.
func writeAll(f *os.File, data []byte) error {
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// makeDir creates dir and its parents, and syncs each to the disk.
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

// syncDir writes the names in dir to the disk. On Windows it does nothing.
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

// ReplayDir publishes the letters of a directory again, the oldest first. publish can be
// the method of a transport. If it returns nil, the file of the letter is deleted.
//
// ReplayDir returns the number of published letters. Its error names each file that could
// not be read or published; these files stay.
//
// Several processes may replay a directory at the same time: a letter is locked while it
// is published, and other processes skip it. On systems and file systems without flock,
// such as Windows and some network drives, run one replay at a time.
func ReplayDir(ctx context.Context, dir string, publish transport.Publisher) (n int, err error) {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return 0, fmt.Errorf("replay letters: %w", err)
	}
	var failed []error
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), letterSuffix) {
			continue // not a letter, or an incomplete one
		}
		if err := ctx.Err(); err != nil {
			failed = append(failed, fmt.Errorf("replay letters: %w", err))
			break
		}
		name := filepath.Join(dir, e.Name())
		switch err := replay(ctx, name, publish); {
		case err == nil:
			n++
		case errors.Is(err, errTaken): // the other process reports it
		default:
			failed = append(failed, fmt.Errorf("replay %s: %w", name, err))
		}
	}
	return n, errors.Join(failed...)
}

// errTaken is the error for a letter that another process has replayed, or is replaying.
var errTaken = errors.New("another process is replaying it, or has replayed it")

// replay publishes the letter in the file with this name, and deletes the file. It returns
// errTaken if another process does that.
func replay(ctx context.Context, name string, publish transport.Publisher) error {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return errTaken
	case err != nil:
		return err
	case !info.Mode().IsRegular() || info.Size() > maxLetterSize:
		return errNotLetter
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
	// Another process may have deleted the file before it was locked.
	locked, err := in.Stat()
	if err != nil {
		return err
	}
	if now, err := os.Lstat(name); err != nil || !os.SameFile(locked, now) {
		return errTaken
	}
	data, err := io.ReadAll(io.LimitReader(in, maxLetterSize))
	if err != nil {
		return err
	}
	var f letterFile
	if err := json.Unmarshal(data, &f, json.DefaultOptionsV2()); err != nil || f.Parked.IsZero() {
		return errNotLetter // err may quote an argument
	}
	if f.Attributes == nil { // middleware may add attributes
		f.Attributes = make(map[string]string)
	}
	if err := publish(ctx, &transport.Message{Data: f.Data, Attributes: f.Attributes, OrderingKey: f.OrderingKey}); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // it cannot delete open files
		_ = in.Close()
	}
	if err := os.Remove(name); err != nil {
		return fmt.Errorf("it was published, but could not be deleted: %w (delete it, or the next replay publishes it again)", err)
	}
	return nil
}
