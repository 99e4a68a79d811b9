// Package thumbs makes thumbnails. Its functions are dispatched: the program in the
// folder above calls them, and a callee runs them.
//
// An album is a folder for thumbnails with a list of the pictures that belong
// to it. Every function writes its picture completely or not at all, so a call that is
// delivered twice does no harm.
package thumbs

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	_ "image/gif"
	_ "image/jpeg"

	"golang.org/x/image/draw"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Make makes the thumbnail of one picture of an album. The call that finishes the last
// picture dispatches [Sheet].
var Make = dispatch.Register(makeThumb)

func makeThumb(ctx context.Context, album, picture string, width int) error {
	out := Thumb(album, picture)
	err := scale(picture, out, width)
	if errors.Is(err, errBroken) {
		// A retry would not help. Note the failure, so that the album can be
		// finished.
		if err := os.WriteFile(out+failed, []byte(err.Error()+"\n"), 0o666); err != nil {
			return err
		}
		err = dispatch.Permanent(err)
	}
	if err := finish(ctx, album, width); err != nil {
		return err
	}
	return err
}

var errBroken = errors.New("the file is broken")

// scale writes a copy of the picture that is width pixels wide.
func scale(picture, out string, width int) error {
	f, err := os.Open(picture)
	if err != nil {
		return err
	}
	defer f.Close()
	src, _, err := image.Decode(f)
	if err != nil {
		return fmt.Errorf("decode %s: %w (%v)", filepath.Base(picture), errBroken, err)
	}
	size := src.Bounds().Size()
	dst := image.NewRGBA(image.Rect(0, 0, width, max(1, size.Y*width/size.X)))
	draw.CatmullRom.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Src, nil)
	return writePNG(out, dst)
}

// writePNG writes a file under a temporary name and renames it, so that a reader never
// sees a part of it.
func writePNG(name string, img image.Image) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already if all went well
	if err := errors.Join(png.Encode(tmp, img), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
