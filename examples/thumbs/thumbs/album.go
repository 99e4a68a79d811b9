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
	list    = "album.txt" // the pictures, one per line
	failed  = ".failed"   // suffix for the name of a thumbnail that cannot be made
	claimed = "sheet.by"  // the ID of the call that dispatches the sheet
)

// NewAlbum makes the folder for the thumbnails of pictures. The names of the pictures
// must be absolute, since the callee may have another working folder.
func NewAlbum(folder string, pictures []string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	// Remove the claim of an earlier album in the same folder.
	if err := os.Remove(filepath.Join(folder, claimed)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(filepath.Join(folder, list), []byte(strings.Join(pictures, "\n")), 0o666)
}

// pictures returns the pictures of an album.
func pictures(album string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(album, list))
	return strings.Split(string(data), "\n"), err
}

// Thumb returns the file name of a picture's thumbnail. Pictures with the same name in
// different folders have different thumbnails.
func Thumb(album, picture string) string {
	sum := sha256.Sum256([]byte(filepath.Dir(picture)))
	return filepath.Join(album, fmt.Sprintf("%s-%x.png", filepath.Base(picture), sum[:3]))
}

// finish dispatches the contact sheet when every picture has a thumbnail or has
// failed. Several calls may see this at the same time, so one claims the sheet with
// its ID. If that call fails before it dispatches the sheet, it is delivered again
// with the same ID, and still owns the claim.
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

// claim reports whether the call that is being executed owns the file. If the file does
// not exist, the call creates it.
func claim(ctx context.Context, file string) (bool, error) {
	info, _ := dispatch.FromContext(ctx)
	// The file is linked into place, so that a reader always sees the whole ID.
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
