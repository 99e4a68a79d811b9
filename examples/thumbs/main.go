// Thumbs dispatches one call for each picture of a folder, and so has
// thumbnails of them and a contact sheet made elsewhere:
//
//	go run ./cmd/dispatchmain dev ./examples/thumbs -- -width 160 ~/Pictures
//
// Without a folder it takes the pictures that every Go distribution carries.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cloud-functions-dispatch/go/dispatch"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"

	"github.com/cloud-functions-dispatch/go/examples/thumbs/thumbs"
)

func main() {
	width := flag.Int("width", 120, "width of a thumbnail in pixels")
	out := flag.String("out", "", "folder for the thumbnails (default a new one below the temporary folder)")
	broken := flag.Bool("broken", false, "take the truncated pictures of the Go distribution as well: their calls fail for good")
	flag.Parse()
	if err := run(context.Background(), *width, *out, flag.Arg(0), *broken); err != nil {
		fmt.Fprintf(os.Stderr, "thumbs: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, width int, out, folder string, broken bool) error {
	if width < 1 {
		return fmt.Errorf("the width is %d, want at least 1", width)
	}
	var err error
	if folder == "" {
		if folder, err = distribution(); err != nil {
			return err
		}
	}
	pictures, err := find(folder, broken)
	if err != nil {
		return err
	}
	if out == "" {
		if out, err = os.MkdirTemp("", "thumbs-"); err != nil {
			return err
		}
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	if err := thumbs.NewAlbum(out, pictures); err != nil {
		return err
	}
	err = dispatch.Batch(ctx, func(ctx context.Context) error {
		var errs []error
		for _, p := range pictures {
			errs = append(errs, thumbs.Make.Call(ctx, out, p, width))
		}
		return errors.Join(errs...)
	})
	fmt.Printf("dispatched the pictures of %s: %d calls\nthe thumbnails and %s go to %s\n", folder, len(pictures), thumbs.SheetFile, out)
	return err
}

// distribution returns the folder of pictures in GOROOT.
func distribution() (string, error) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("look for the pictures of the Go distribution: %w (name a folder)", err)
	}
	return filepath.Join(strings.TrimSpace(string(goroot)), "src", "image", "testdata"), nil
}

var extensions = []string{".gif", ".jpeg", ".jpg", ".png"}

// find returns the pictures below folder, sorted.
func find(folder string, broken bool) ([]string, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	var pictures []string
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.Contains(d.Name(), ".truncated.") && !broken {
			return nil
		}
		if slices.Contains(extensions, strings.ToLower(filepath.Ext(path))) {
			pictures = append(pictures, path)
		}
		return nil
	})
	if err == nil && len(pictures) == 0 {
		return nil, fmt.Errorf("%s holds no pictures (%s)", folder, strings.Join(extensions, " "))
	}
	return pictures, err
}
