package scripttest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]*)\)`)
	mention = regexp.MustCompile(`\bdocs/[a-z/]+\.md\b`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinks fails if a document links to a file or a heading that does not exist, or if a
// document or a Go file names a document that does not exist.
func TestLinks(t *testing.T) {
	t.Parallel()
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		document := strings.HasSuffix(path, ".md")
		if d.IsDir() || !document && !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, name := range mention.FindAllString(string(text), -1) {
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("%s names %s, which does not exist", path, name)
			}
		}
		if document {
			for _, m := range link.FindAllStringSubmatch(string(text), -1) {
				found++
				checkLink(t, path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 50 {
		t.Errorf("found %d links, want at least 50", found)
	}
}

// checkLink checks a link in the document at path.
func checkLink(t *testing.T, path, target string) {
	t.Helper()
	if strings.Contains(target, "://") {
		return
	}
	name, anchor, _ := strings.Cut(target, "#")
	file := path
	if name != "" {
		file = filepath.Join(filepath.Dir(path), name)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		if info, err := os.Stat(file); err == nil && info.IsDir() && anchor == "" {
			return
		}
		t.Errorf("%s links to %s: %v", path, target, err)
		return
	}
	if anchor == "" {
		return
	}
	for _, m := range heading.FindAllStringSubmatch(string(text), -1) {
		if slug(m[1]) == anchor {
			return
		}
	}
	t.Errorf("%s links to %s, but there is no such heading", path, target)
}

// slug returns the anchor that GitHub gives to a heading.
func slug(heading string) string {
	return strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}
