package thumbs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

const (
	list    = "album.txt" // the pictures, one a line
	failed  = ".failed"   // behind the name of a thumbnail that cannot be made
	claimed = "sheet.by"  // the ID of the call that dispatches the sheet
)

// NewAlbum makes the folder for the thumbnails of pictures, whose names are
// absolute: the callee may work elsewhere.
func NewAlbum(folder string, pictures []string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	// Of an earlier album in the same folder.
	if err := os.Remove(filepath.Join(folder, claimed)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(filepath.Join(folder, list), []byte(strings.Join(pictures, "\n")), 0o666)
}

func pictures(album string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(album, list))
	return strings.Split(string(data), "\n"), err
}

// Thumb returns the file name of a picture's thumbnail. Pictures of the same
// name in two folders have two.
func Thumb(album, picture string) string {
	sum := sha256.Sum256([]byte(filepath.Dir(picture)))
	return filepath.Join(album, fmt.Sprintf("%s-%x.png", filepath.Base(picture), sum[:3]))
}

// finish dispatches the contact sheet once every picture is settled. Of the
// calls that come here last, one claims that, by its ID: should it fail
// between the claim and the call, it is delivered again under the same ID.
func finish(ctx context.Context, album string, width int) error {
	all, err := pictures(album)
	if err != nil {
		return err
	}
	for _, p := range all {
		if !exists(Thumb(album, p)) && !exists(Thumb(album, p)+failed) {
			return nil
		}
	}
	if mine, err := claim(ctx, filepath.Join(album, claimed)); err != nil || !mine {
		return err
	}
	return Sheet.Call(ctx, album, width)
}

// claim reports whether the call that is executed owns the file, which it
// makes if nobody has.
func claim(ctx context.Context, file string) (bool, error) {
	info, _ := dispatch.FromContext(ctx)
	// Linked into place, so that whoever sees it sees the whole ID.
	tmp := fmt.Sprintf("%s.%s", file, info.ID)
	if err := os.WriteFile(tmp, []byte(info.ID), 0o666); err != nil {
		return false, err
	}
	defer os.Remove(tmp)
	if err := os.Link(tmp, file); err == nil || !errors.Is(err, fs.ErrExist) {
		return err == nil, err
	}
	owner, err := os.ReadFile(file)
	return string(owner) == info.ID, err
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
