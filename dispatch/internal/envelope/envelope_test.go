package envelope_test

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/corpus"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
)

var update = flag.Bool("update", false, "renew the golden files")

// large is JSON that is large enough to be compressed.
var large = []byte(`["` + strings.Repeat("a picture says more than ", 1000) + `"]`)

// TestEncode_golden compares the bytes of the wire with golden files. It only decodes
// compressed data, because its bytes depend on zstd.
func TestEncode_golden(t *testing.T) {
	for name, c := range map[string]*envelope.Call{
		"small":      {ID: "an-id", Source: "example.com/app", Name: "example.com/app/mail.send", Args: []byte(`["ann",1,null]`)},
		"time":       {ID: "an-id", Source: "example.com/app", Name: "a.f", Time: time.Date(2026, 1, 2, 4, 5, 6, 7000, time.FixedZone("", 3600)), Args: []byte(`[]`)},
		"compressed": {ID: "an-id", Source: "example.com/app", Name: "a.f", Args: large},
	} {
		t.Run(name, func(t *testing.T) {
			attrs, data, err := envelope.Encode(c, envelope.CompressAbove)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, k := range slices.Sorted(maps.Keys(attrs)) {
				fmt.Fprintf(&got, "%s: %s\n", k, attrs[k])
			}
			if attrs[envelope.AttrEncoding] == "" {
				fmt.Fprintf(&got, "\n%s\n", data)
			} else if len(data) >= len(c.Args) {
				t.Errorf("compressed to %d bytes of %d", len(data), len(c.Args))
			}
			golden(t, name, got.String())
			back, err := envelope.Decode(attrs, data)
			if err != nil {
				t.Fatalf("decode what was encoded: %v", err)
			}
			want := *c
			want.Time = c.Time.UTC()
			if diff := cmp.Diff(&want, back); diff != "" {
				t.Errorf("the decoded call (-want +got):\n%s", diff)
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := "testdata/" + name + ".golden"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update renews it):\n%s", file, diff)
	}
}

// TestEncode_tooLarge: Encode refuses arguments that Decode would refuse.
func TestEncode_tooLarge(t *testing.T) {
	_, _, err := envelope.Encode(&envelope.Call{ID: "i", Source: "s", Name: "a.f", Args: make([]byte, envelope.MaxArgs+1)}, envelope.CompressAbove)
	if err == nil || !strings.Contains(err.Error(), "the limit is 16777216") {
		t.Errorf("got error %v, want one that names the limit", err)
	}
}

// TestEncode_compression: data is not compressed if it is small, or if it would not
// become smaller.
func TestEncode_compression(t *testing.T) {
	random := make([]byte, 20_000)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []byte
		want string
	}{
		{"8 KiB", large[:8192], ""},
		{"more", large[:8193], "zstd"},
		{"random", random, ""},
	} {
		attrs, data, err := envelope.Encode(&envelope.Call{ID: "i", Source: "s", Name: "a.f", Args: c.args}, envelope.CompressAbove)
		if err != nil || attrs[envelope.AttrEncoding] != c.want {
			t.Errorf("%s: got encoding %q, error %v, want %q", c.name, attrs[envelope.AttrEncoding], err, c.want)
		}
		if c.want == "" && !bytes.Equal(data, c.args) {
			t.Errorf("%s: the data differs from the arguments", c.name)
		}
	}
}

// valid returns the attributes of a call with the given changes. An empty value removes
// an attribute.
func valid(change map[string]string) map[string]string {
	attrs := map[string]string{
		envelope.AttrSpecVersion: "1.0",
		envelope.AttrType:        envelope.Type,
		envelope.AttrID:          "an-id",
		envelope.AttrSource:      "a-source",
		envelope.AttrSubject:     "a.f",
		"unknown":                "ignored",
	}
	for k, v := range change {
		if v == "" {
			delete(attrs, k)
		} else {
			attrs[k] = v
		}
	}
	return attrs
}

func TestDecode_refuses(t *testing.T) {
	bomb := must(zstd.NewWriter(nil)).EncodeAll(make([]byte, envelope.MaxArgs+1), nil)
	var stream bytes.Buffer // zstd without a content size
	w := must(zstd.NewWriter(&stream))
	writeZeros(t, w)
	var gz bytes.Buffer
	writeZeros(t, gzip.NewWriter(&gz))
	cut := gz.Bytes()[:gz.Len()-100] // exceeds the limit before the cut
	for _, c := range []struct {
		name  string
		attrs map[string]string
		data  []byte
		want  string
	}{
		{"no specversion", map[string]string{"ce-specversion": ""}, nil, "attribute ce-specversion is missing (docs/wire.md"},
		{"no type", map[string]string{"ce-type": ""}, nil, "attribute ce-type is missing (docs/wire.md"},
		{"no id", map[string]string{"ce-id": ""}, nil, "attribute ce-id is missing (docs/wire.md"},
		{"no source", map[string]string{"ce-source": ""}, nil, "attribute ce-source is missing (docs/wire.md"},
		{"no subject", map[string]string{"ce-subject": ""}, nil, "attribute ce-subject is missing (docs/wire.md"},
		{"other specversion", map[string]string{"ce-specversion": "0.3"}, nil, `attribute ce-specversion is "0.3", want "1.0"`},
		{"later version", map[string]string{"ce-type": "dev.cloudfunctions.dispatch.call.v2"}, nil, `wire version "v2" is unknown here, want v1 (deploy the callee before the caller)`},
		{"other type", map[string]string{"ce-type": "com.example.order"}, nil, `attribute ce-type is "com.example.order", want`},
		{"name with control", map[string]string{"ce-subject": "a\x01f"}, nil, "attribute ce-subject: the name contains a space or a character that does not print"},
		{"bad time", map[string]string{"ce-time": "yesterday"}, nil, `attribute ce-time is "yesterday", want a time`},
		{"unknown encoding", map[string]string{"ce-dataencoding": "br"}, nil, `attribute ce-dataencoding is "br", want "zstd" or "gzip"`},
		{"broken zstd", map[string]string{"ce-dataencoding": "zstd"}, []byte("[]"), "the data is not valid zstd"},
		{"broken gzip", map[string]string{"ce-dataencoding": "gzip"}, []byte("[]"), "the data is not valid gzip"},
		{"zstd bomb", map[string]string{"ce-dataencoding": "zstd"}, bomb, "the arguments have more than 16777216 bytes of JSON"},
		{"zstd bomb without a size", map[string]string{"ce-dataencoding": "zstd"}, stream.Bytes(), "the arguments have more than 16777216 bytes of JSON"},
		{"gzip bomb", map[string]string{"ce-dataencoding": "gzip"}, gz.Bytes(), "the arguments have more than 16777216 bytes of JSON"},
		{"gzip bomb cut short", map[string]string{"ce-dataencoding": "gzip"}, cut, "the arguments have more than 16777216 bytes of JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := envelope.Decode(valid(c.attrs), c.data)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got error %v, want one line with %q", err, c.want)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 6*envelope.MaxArgs {
				t.Errorf("allocated %d bytes to refuse it", n)
			}
		})
	}
}

type writeCloser interface {
	Write([]byte) (int, error)
	Close() error
}

// writeZeros writes twice as many bytes as may be decompressed.
func writeZeros(t *testing.T, w writeCloser) {
	t.Helper()
	for range 2 {
		if _, err := w.Write(make([]byte, envelope.MaxArgs)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestDecode_gzip(t *testing.T) {
	var data bytes.Buffer
	w := gzip.NewWriter(&data)
	if _, err := w.Write(large); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := envelope.Decode(valid(map[string]string{"ce-dataencoding": "gzip"}), data.Bytes())
	if err != nil || !bytes.Equal(c.Args, large) {
		t.Errorf("got %d bytes, error %v; want the %d that were compressed", len(c.Args), err, len(large))
	}
}

// Data that declares a size over the limit is refused before it is decompressed.
func TestUnpack_declaredSize(t *testing.T) {
	frame := must(zstd.NewWriter(nil)).EncodeAll(make([]byte, envelope.MaxArgs), nil)
	packed, err := new(envelope.Call).Read(valid(map[string]string{"ce-dataencoding": "zstd"}), frame)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = packed.Unpack(1000)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, envelope.ErrTooLarge) || n > 1<<20 {
		t.Errorf("Unpack = %v, with %d bytes allocated; want it refused at once", err, n)
	}
	if got := packed.Size(); got != envelope.MaxArgs {
		t.Errorf("Size = %d, want %d, which the frame declares", got, envelope.MaxArgs)
	}
}

// FuzzDecode: Decode returns for any input, and a decoded call does not change if it is
// encoded and decoded again.
func FuzzDecode(f *testing.F) {
	corpus.Add(f)
	f.Add("an-id", "a-source", "a.f", "", "", []byte(`[1]`))
	f.Add("an-id", "a-source", "a.f", "2026-01-02T03:04:05Z", "zstd", []byte("(\xb5/\xfd"))
	f.Add("an-id", "a-source", "a.f", "", "gzip", []byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, id, source, name, at, encoding string, data []byte) {
		c, err := envelope.Decode(valid(map[string]string{
			"ce-id": id, "ce-source": source, "ce-subject": name, "ce-time": at, "ce-dataencoding": encoding,
		}), data)
		if err != nil {
			return
		}
		attrs, data, err := envelope.Encode(c, envelope.CompressAbove)
		if err != nil {
			t.Fatalf("encode what was decoded: %v", err)
		}
		back, err := envelope.Decode(attrs, data)
		if err != nil {
			t.Fatalf("decode what was encoded: %v", err)
		}
		if back.ID != id || back.Source != source || back.Name != name || !back.Time.Equal(c.Time) || !bytes.Equal(back.Args, c.Args) {
			t.Errorf("got %+v, want %+v", back, c)
		}
	})
}
