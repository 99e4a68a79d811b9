// Thumbs dispatches one call for each picture in a folder. The callee makes the
// thumbnails and a contact sheet:
//
//	go run ./cmd/dispatchmain dev ./examples/thumbs -- -width 160 ~/Pictures
//
// The default folder holds the pictures of the Go distribution.
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
	broken := flag.Bool("broken", false, "take the pictures with .truncated. in their names as well, each cut in half: their calls fail for good")
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
	pictures, truncated, err := find(folder)
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
	if broken {
		halves, err := halve(truncated, filepath.Join(out, "broken"))
		if err != nil {
			return err
		}
		pictures = append(pictures, halves...)
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

// distribution returns the folder in GOROOT that holds pictures.
func distribution() (string, error) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("look for the pictures of the Go distribution: %w (name a folder)", err)
	}
	return filepath.Join(strings.TrimSpace(string(goroot)), "src", "image", "testdata"), nil
}

var extensions = []string{".gif", ".jpeg", ".jpg", ".png"}

// find returns the pictures below folder, sorted. It lists pictures that are truncated
// on purpose separately.
func find(folder string) (pictures, truncated []string, err error) {
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, nil, err
	}
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() || !slices.Contains(extensions, strings.ToLower(filepath.Ext(path))):
		case strings.Contains(d.Name(), ".truncated."):
			truncated = append(truncated, path)
		default:
			pictures = append(pictures, path)
		}
		return err
	})
	if err == nil && len(pictures) == 0 {
		err = fmt.Errorf("%s holds no pictures (%s)", folder, strings.Join(extensions, " "))
	}
	return pictures, truncated, err
}

// halve writes the first half of each picture into folder. It cuts the truncated pictures
// again, because a picture that ends after a complete scan still decodes.
func halve(pictures []string, folder string) ([]string, error) {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	var halves []string
	for _, p := range pictures {
		data, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		half := filepath.Join(folder, filepath.Base(p))
		if err := os.WriteFile(half, data[:len(data)/2], 0o666); err != nil {
			return nil, err
		}
		halves = append(halves, half)
	}
	return halves, nil
}
