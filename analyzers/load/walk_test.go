package load

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Walk must visit the folders in which the go command finds packages, also if the root
// is a symlink, and WhySkipped must agree with both.
func TestWalk_goList(t *testing.T) {
	t.Parallel()
	tmp := t.TempDir()
	root := filepath.Join(tmp, "link [x]")
	if err := os.Symlink("real", root); err != nil {
		t.Skip(err) // Windows refuses symlinks to most users
	}
	must(t, os.Mkdir(filepath.Join(tmp, "real"), 0o777))
	must(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module example.com/app\n\ngo 1.26.0\n\nignore (\n\t./dist\n\tdump\n\t./a/b/\n\tx/y\n\t./locked\n)\n"), 0o666))
	for dir := range strings.FieldsSeq(". dist sub sub/dist dump sub/dump a a/b a/b/c vendor vendor/x sub/vendor sub/vendor/y testdata sub/testdata _u .h " +
		"node_modules node_modules/p x x/y q/x q/x/y data@v1 file nested nested/in locked") {
		must(t, os.MkdirAll(filepath.Join(root, dir), 0o777), os.WriteFile(filepath.Join(root, dir, "p.go"), []byte("package p\n"), 0o666))
	}
	must(t, os.WriteFile(filepath.Join(root, "nested", "go.mod"), []byte("module example.com/nested\n"), 0o666))
	must(t, os.MkdirAll(filepath.Join(root, "file", "go.mod"), 0o777)) // a folder makes no module
	must(t, os.Symlink(filepath.Join(root, "sub"), filepath.Join(root, "linked")))
	must(t, os.Chmod(filepath.Join(root, "locked"), 0))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(root, "locked"), 0o777) }) // for TempDir

	cmd := exec.Command("go", "list", "-e", "-find", "-f", "{{.Dir}}", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(out)), "\n")
	var got, modules []string
	must(t, Walk(root, func(dir string, nested bool) error {
		if nested {
			modules = append(modules, dir)
		} else if files, _ := filepath.Glob(strings.ReplaceAll(dir, "[", `\[`) + "/*.go"); len(files) > 0 {
			got = append(got, dir)
		}
		return nil
	}))
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("go list and Walk differ:\n%s", diff)
	}
	if want := []string{filepath.Join(root, "nested")}; !slices.Equal(modules, want) {
		t.Errorf("nested modules are %q, want %q", modules, want)
	}
	for _, dir := range []string{"dist", "sub/dump", "a/b/c", "_u", "linked", "linked/new", "locked/new", "sub/vendor/y", "data@v1"} {
		if why, err := WhySkipped(root, filepath.Join(root, dir)); why == "" || err != nil {
			t.Errorf("WhySkipped(%s) = %q, %v, want a reason", dir, why, err)
		}
	}
	for _, dir := range want {
		if why, err := WhySkipped(root, dir); filepath.Base(dir) != "vendor" && (why != "" || err != nil) {
			t.Errorf("WhySkipped(%s) = %q, %v, want none", dir, why, err)
		}
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}
