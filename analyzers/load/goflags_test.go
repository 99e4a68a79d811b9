package load

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestSplitFlags(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"":                            nil,
		" -tags=x\t-v ":               {"-tags=x", "-v"},
		`'-modfile=a b.mod' -mod=mod`: {"-modfile=a b.mod", "-mod=mod"},
		`"-modfile=a's b.mod"`:        {"-modfile=a's b.mod"},
	} {
		got := splitFlags(in)
		if !slices.Equal(got, want) {
			t.Errorf("splitFlags(%q) = %q, want %q", in, got, want)
		}
		if again := splitFlags(joinFlags(got)); !slices.Equal(again, want) {
			t.Errorf("splitFlags(joinFlags(%q)) = %q", got, again)
		}
	}
}

func TestMoveModFile(t *testing.T) {
	t.Parallel()
	env, flags := moveModFile([]string{"GOFLAGS=-x", "GOFLAGS='-modfile=a b.mod' -tags=x"}, []string{"-modfile="})
	if last := env[len(env)-1]; last != "GOFLAGS=-tags=x -v=false" || !slices.Equal(flags, []string{"-modfile=a b.mod", "-modfile="}) {
		t.Errorf("the environment ends with %q, and the flags are %q", last, flags)
	}
	if env, flags := moveModFile([]string{"GOFLAGS=-tags=x"}, nil); len(env) != 1 || flags != nil {
		t.Errorf("without -modfile, the environment is %q and the flags are %q", env, flags)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	dir, err := filepath.Abs("..")
	must(t, err)
	got := resolve([]string{"-tags=x", "--modfile=load/load.go", "-overlay=none", "-modfile="}, []string{filepath.Join(dir, "load"), dir})
	want := []string{"-tags=x", "--modfile=" + filepath.Join(dir, "load", "load.go"), "-overlay=none", "-modfile="}
	if !slices.Equal(got, want) {
		t.Errorf("resolve: %q, want %q", got, want)
	}
}
