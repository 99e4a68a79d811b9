package funcname_test

import (
	"slices"
	"testing"

	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

func TestNear(t *testing.T) {
	t.Parallel()
	names := []string{
		"example.com/app/images.makeThumb",
		"example.com/app/mail.send",
		"example.com/app/mail.sendAll",
		"example.com/old/mail.send",
		"example.com/zzz/mail.send",
		"example.com/aaa/mail.send",
	}
	for _, tt := range []struct {
		what, name string
		names      []string
		want       []string
	}{
		{"moved: the same last element, by name, three at most", "other.org/mail.send", names,
			[]string{"example.com/aaa/mail.send", "example.com/app/mail.send", "example.com/old/mail.send"}},
		{"a typing mistake", "example.com/app/images.makeThunb", names, []string{"example.com/app/images.makeThumb"}},
		{"another letter case", "example.com/app/images.MakeThumb", names, []string{"example.com/app/images.makeThumb"}},
		{"nearest first", "x/ab.f", []string{"x/ab.fgh", "x/ab.fg", "y/ab.f"}, []string{"y/ab.f", "x/ab.fg", "x/ab.fgh"}},
		{"nothing near", "example.com/app/billing.charge", names, nil},
		{"nothing at all", "example.com/app/mail.send", nil, nil},
		{"an empty name", "", []string{"example.com/app/mail.send"}, nil},
	} {
		if got := funcname.Near(tt.name, tt.names); !slices.Equal(got, tt.want) {
			t.Errorf("%s: Near(%q) = %q, want %q", tt.what, tt.name, got, tt.want)
		}
	}
}
