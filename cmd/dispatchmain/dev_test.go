package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/internal/property"
)

// dispatchmain returns a command that runs this program as dispatchmain, in
// the root of the repository.
func dispatchmain(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("dispatchmain")
	if err != nil {
		t.Fatal(err) // testscript.Main should have put it into PATH
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = "../.."
	return cmd
}

// skipUnlessLong skips a test that is one of many that build and start two programs.
func skipUnlessLong(t *testing.T) {
	t.Helper()
	if !property.Long() {
		t.Skip("links two programs, as TestDev_killed does: run it with -long, as .ci/run does")
	}
}

var callLine = regexp.MustCompile(`(?m)^[A-Z2-7]{26}  (\S+) .* executed `)

// TestDev_thumbs runs the main use case: a synthesized callee makes thumbnails of real
// pictures, and each call goes over gRPC through Pub/Sub's client.
func TestDev_thumbs(t *testing.T) {
	t.Parallel()
	skipUnlessLong(t)
	const width = 77
	out := t.TempDir()
	cmd := dispatchmain(t, "dev", "./examples/thumbs", "--", "-width", fmt.Sprint(width), "-out", out)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("dev: %v\n%s%s", err, &stdout, &stderr)
	}
	pictures := 0
	for line := range strings.Lines(string(readFile(t, filepath.Join(out, "album.txt")))) {
		pictures++
		matches, err := filepath.Glob(filepath.Join(out, filepath.Base(strings.TrimSpace(line))+"-*.png"))
		if err != nil || len(matches) != 1 {
			t.Errorf("%s has the thumbnails %q, error %v; want one", line, matches, err)
			continue
		}
		if got := decode(t, matches[0]).Dx(); got != width {
			t.Errorf("%s is %d pixels wide, want %d", matches[0], got, width)
		}
	}
	if pictures < 30 {
		t.Errorf("the album has %d pictures, want the pictures of the Go distribution", pictures)
	}
	// Six columns, with a gap of 8 around each thumbnail.
	sheet := decode(t, filepath.Join(out, "sheet.png"))
	if want := 8 + 6*(width+8); sheet.Dx() != want {
		t.Errorf("the contact sheet is %d pixels wide, want %d", sheet.Dx(), want)
	}
	if rows := (pictures + 5) / 6; sheet.Dy() < rows*(8+20) {
		t.Errorf("the contact sheet is %d pixels high, too little for %d rows", sheet.Dy(), rows)
	}
	count := make(map[string]int)
	for _, m := range callLine.FindAllStringSubmatch(stdout.String(), -1) {
		count[m[1]]++
	}
	if count["thumbs.makeThumb"] != pictures || count["thumbs.makeSheet"] != 1 || len(count) != 2 {
		t.Errorf("printed calls %v, want %d of thumbs.makeThumb and 1 of thumbs.makeSheet\n%s", count, pictures, &stdout)
	}
	if want := fmt.Sprintf("\n%d calls: %d executed, 0 failed\n", pictures+1, pictures+1); !strings.HasSuffix(stdout.String(), want) {
		t.Errorf("ends with\n%s\nwant %q", &stdout, want)
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode(t *testing.T, name string) image.Rectangle {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(readFile(t, name)))
	if err != nil {
		t.Fatalf("decode %s: %v", name, err)
	}
	return img.Bounds()
}

// TestDev_broken: with -broken, two calls fail for good, the sheet is made
// nevertheless, and dev exits with 1.
func TestDev_broken(t *testing.T) {
	skipUnlessLong(t)
	t.Parallel()
	out := t.TempDir()
	stdout, err := dispatchmain(t, "dev", "./examples/thumbs", "--", "-broken", "-out", out).Output()
	if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != 1 {
		t.Errorf("dev ended with %v, want exit code 1", err)
	}
	if n := strings.Count(string(stdout), "permanently failed"); n != 2 {
		t.Errorf("%d calls failed for good, want 2\n%s", n, stdout)
	}
	decode(t, filepath.Join(out, "sheet.png"))
}
