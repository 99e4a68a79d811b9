//go:build unix

package hostile_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/hostile/target"
	"github.com/cloud-functions-dispatch/go/dispatch/secure"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A badMessage is a message with a call that must not be executed.
type badMessage struct {
	name string
	transport.Message
}

// A corpus collects bad messages.
type corpus struct {
	t   *testing.T
	all []badMessage
}

func (c *corpus) add(name string, attrs map[string]string, data []byte) {
	c.all = append(c.all, badMessage{name, transport.Message{Attributes: attrs, Data: data}})
}

// publish returns the message of the call that fn makes, after the middleware has
// processed it.
func publish(t *testing.T, fn func(context.Context) error, middleware ...func(transport.Publisher) transport.Publisher) *transport.Message {
	t.Helper()
	var got *transport.Message
	keep := func(transport.Publisher) transport.Publisher {
		return func(_ context.Context, m *transport.Message) error { got = m; return nil }
	}
	c := dispatch.New(struct{ transport.Transport }{}, dispatch.Publishing(append(middleware, keep)...))
	if err := fn(dispatch.WithClient(t.Context(), c)); err != nil {
		t.Fatal(err)
	}
	return got
}

// calls returns messages that must not be executed, for any transport. If one is, it
// creates the file. The callee has key, but not other.
func calls(t *testing.T, file string, key, other tink.MAC) []badMessage {
	t.Helper()
	c := &corpus{t: t}
	touch := func(ctx context.Context) error { return target.Touch.Call(ctx, file) }
	base := publish(t, touch)
	c.attributes(base)
	c.data(base, file)
	c.bombs(base)
	c.floods(base)
	c.signed(touch, key, other)
	return c.all
}

// with returns a copy of attrs in which name has the value.
func with(attrs map[string]string, name, value string) map[string]string {
	out := maps.Clone(attrs)
	out[name] = value
	return out
}

// without returns a copy of attrs without name.
func without(attrs map[string]string, name string) map[string]string {
	out := maps.Clone(attrs)
	delete(out, name)
	return out
}

// attributes adds messages with one invalid attribute.
func (c *corpus) attributes(base *transport.Message) {
	texts := []string{"", " ", "x", "null", "0", "\x00", "a\nb", "\u202e", "1.0 ", strings.Repeat("x", 1025), "../../etc/passwd", "%00", "{}", "’", strings.Repeat("1.", 400)}
	for _, name := range []string{"ce-specversion", "ce-type", "ce-subject", "ce-time", "ce-expirytime", "ce-notbefore", "ce-dataencoding"} {
		for i, text := range texts {
			if name == "ce-dataencoding" && text == "" {
				continue // an empty encoding is valid
			}
			c.add(fmt.Sprintf("%s %d", name, i), with(base.Attributes, name, text), base.Data)
		}
	}
	for _, name := range []string{"ce-specversion", "ce-type", "ce-id", "ce-source", "ce-subject"} {
		c.add("no "+name, without(base.Attributes, name), base.Data)
	}
	c.add("empty id", with(base.Attributes, "ce-id", ""), base.Data)
	c.add("empty source", with(base.Attributes, "ce-source", ""), base.Data)
	for i, text := range []string{"dev.cloudfunctions.dispatch.call.v0", "dev.cloudfunctions.dispatch.call.v2", "dev.cloudfunctions.dispatch.call.", "dev.cloudfunctions.dispatch.call.v1 ", "DEV.CLOUDFUNCTIONS.DISPATCH.CALL.V1"} {
		c.add(fmt.Sprintf("version %d", i), with(base.Attributes, "ce-type", text), base.Data)
	}
	name := base.Attributes["ce-subject"]
	for i, text := range []string{
		name + " ", " " + name, name + "\x00", strings.ToUpper(name), name[:len(name)-1], name + "x", "touch", "main.touch", "os.RemoveAll",
		strings.ReplaceAll(name, "/", "//"), strings.ReplaceAll(name, "target", "targe%74"), name + "-fm", name + ".func1", name + "[...]", "runtime.Goexit", "*." + name,
	} {
		c.add(fmt.Sprintf("subject %d", i), with(base.Attributes, "ce-subject", text), base.Data)
	}
	for i, text := range []string{"2020-01-02T03:04:05Z", "0001-01-01T00:00:01Z", "2026-01-02T03:04:05+14:00"} {
		c.add(fmt.Sprintf("expired %d", i), with(base.Attributes, "ce-expirytime", text), base.Data)
	}
	c.add("sealed", with(base.Attributes, "ce-sealed", "v1.0"), base.Data)
	c.add("no attributes", map[string]string{}, base.Data)
	c.add("nothing", map[string]string{}, nil)
}

// data adds messages with invalid arguments.
func (c *corpus) data(base *transport.Message, file string) {
	good := string(base.Data)
	texts := []string{
		"", " ", "[", "]", "[]", "[[]]", "{}", "null", "true", "1", `"x"`, "[1]", "[true]", "[{}]", `{"0":"x"}`,
		good + good, good + ",", good + "x", "," + good, "[" + good + "]", good[1:], good[:len(good)-1], good[:len(good)-2],
		strings.Replace(good, `"]`, `",]`, 1), strings.Replace(good, "[", "[,", 1), strings.ReplaceAll(good, `"`, "'"),
		strings.Replace(good, `"]`, `","x"]`, 1), strings.Replace(good, `"]`, `",null]`, 1), "\ufeff" + good, good + "\x00",
		strings.Replace(good, `"]`, "\xff\"]", 1), strings.Replace(good, `"]`, `\ud800"]`, 1), strings.Replace(good, `"]`, `\x41"]`, 1),
		strings.Replace(good, `"]`, "\n\"]", 1), "[NaN]", "[Infinity]", "[0x10]", "[01]", "[+1]", "[1e999999999]", "[" + strings.Repeat("9", 1<<20) + "]",
		"/* " + good + " */", "--" + good, strings.Join(strings.Split(good, ""), "\x00"), "<xml/>", "a=b&c=d",
	}
	for i, text := range texts {
		c.add(fmt.Sprintf("data %d", i), base.Attributes, []byte(text))
	}
	for _, n := range []int{1, 100, 9_999, 20_000, 1_000_000} {
		c.add(fmt.Sprintf("%d open arrays", n), base.Attributes, bytes.Repeat([]byte("["), n))
		c.add(fmt.Sprintf("%d open objects", n), base.Attributes, []byte("["+strings.Repeat(`{"a":`, n)))
		c.add(fmt.Sprintf("%d commas", n), base.Attributes, []byte("["+strings.Repeat(",", n)+"]"))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 20 {
		noise := make([]byte, 1+r.IntN(2000))
		for j := range noise {
			noise[j] = byte(r.Uint32())
		}
		c.add(fmt.Sprintf("noise %d", i), base.Attributes, noise)
	}
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	for name, text := range map[string]string{
		target.Any.Name():    "[" + deep + "]",
		target.Bytes.Name():  `["%%%%"]`,
		target.Floats.Name(): "[[1,2,1e400]]",
		target.Map.Name():    `[{"a":{},"a":{}}]`,
		target.Nodes.Name():  `[[{"Room":[1]}]]`,
		target.Proto.Name():  `[{"a":` + strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_001) + "]",
	} {
		c.add("arguments of "+name, with(base.Attributes, "ce-subject", name), []byte(text))
	}
}

// packed caches what pack returns, by its arguments: each test sends the same.
var packed sync.Map

// pack compresses as many MiB as sizes says, in one frame of zstd or one member of gzip
// each.
func pack(t *testing.T, encoding string, sizes []int) []byte {
	t.Helper()
	key := fmt.Sprint(encoding, sizes)
	if data, ok := packed.Load(key); ok {
		return data.([]byte)
	}
	var b bytes.Buffer
	for _, size := range sizes {
		var w io.WriteCloser = gzip.NewWriter(&b)
		if encoding == "zstd" {
			w, _ = zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1)) // fails only for invalid options
		}
		block := bytes.Repeat([]byte("x"), 1<<20)
		for range size {
			if _, err := w.Write(block); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	packed.Store(key, b.Bytes())
	return b.Bytes()
}

// bombs adds compressed messages that become large, claim to, or are corrupt.
func (c *corpus) bombs(base *transport.Message) {
	pack := func(encoding string, sizes ...int) []byte { return pack(c.t, encoding, sizes) }
	z, _ := zstd.NewWriter(nil)
	whole := z.EncodeAll(bytes.Repeat([]byte("x"), 64<<20), nil)
	honest := z.EncodeAll(base.Data, nil)
	lies := bytes.Clone(honest)
	lies[5] ^= 0x7f // the size of the content in the frame header
	for name, d := range map[string]struct {
		encoding string
		data     []byte
	}{
		"zstd of 64 MiB":         {"zstd", whole},
		"zstd of 1 GiB":          {"zstd", pack("zstd", 1024)},
		"zstd of many frames":    {"zstd", pack("zstd", 20, 20, 20)},
		"zstd of one more frame": {"zstd", append(bytes.Clone(honest), pack("zstd", 14)...)},
		"zstd cut":               {"zstd", whole[:len(whole)/2]},
		"zstd, another size":     {"zstd", lies},
		"zstd, a bit":            {"zstd", flipBits(honest)},
		"zstd, a huge window":    {"zstd", []byte("\x28\xb5\x2f\xfd\x00\xff\x01\x00\x00")},
		"zstd, a dictionary":     {"zstd", []byte("\x28\xb5\x2f\xfd\x23\xff\xff\xff\xff\x10\x01\x00\x00")},
		"zstd, frames to skip":   {"zstd", bytes.Repeat([]byte("\x50\x2a\x4d\x18\x00\x00\x00\x00"), 100_000)},
		"zstd, that is gzip":     {"zstd", pack("gzip", 1)},
		"zstd, that is none":     {"zstd", base.Data},
		"zstd of zstd":           {"zstd", z.EncodeAll(whole, nil)},
		"gzip of 64 MiB":         {"gzip", pack("gzip", 64)},
		"gzip of 256 MiB":        {"gzip", pack("gzip", 256)},
		"gzip of many members":   {"gzip", pack("gzip", 20, 20, 20)},
		"gzip cut":               {"gzip", pack("gzip", 16)[:5000]},
		"gzip, that is zstd":     {"gzip", honest},
		"gzip, that is none":     {"gzip", base.Data},
		"gzip of 14 MiB":         {"gzip", pack("gzip", 14)},
	} {
		c.add(name, with(base.Attributes, "ce-dataencoding", d.encoding), d.data)
	}
}

// flipBits returns a copy of b with changed bits in the middle.
func flipBits(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)/2] ^= 0x55
	return b
}

// floods adds messages that need much more memory when they are decoded.
func (c *corpus) floods(base *transport.Message) {
	many := func(elem string, n int) string { return strings.Repeat(elem+",", n-1) + elem }
	names := func(n int, value string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"%d":%s`, i, value)
		}
		return b.String()[1:]
	}
	z, _ := zstd.NewWriter(nil)
	for what, f := range map[string]struct{ name, data string }{
		"nulls":              {target.Nodes.Name(), "[[" + many("null", 3_000_000) + "]]"},
		"objects":            {target.Nodes.Name(), "[[" + many("{}", 5_000_000) + "]]"},
		"inner objects":      {target.Nodes.Name(), `[[{"All":[` + many("{}", 5_000_000) + "]}]]"},
		"pointers":           {target.Map.Name(), "[{" + names(1_000_000, "{}") + "}]"},
		"inner pointers":     {target.Map.Name(), `[{"a":{"By":{` + names(1_000_000, "{}") + "}}}]"},
		"objects in any":     {target.Any.Name(), "[[" + many("{}", 5_000_000) + "]]"},
		"arrays in any":      {target.Any.Name(), "[[" + many("[]", 5_000_000) + "]]"},
		"maps in any":        {target.Any.Name(), "[[" + many(`{"":0}`, 2_000_000) + "]]"},
		"texts in any":       {target.Any.Name(), "[[" + many(`""`, 5_000_000) + "]]"},
		"names in any":       {target.Any.Name(), "[{" + names(1_500_000, "0") + "}]"},
		"unknown names":      {target.Nodes.Name(), "[[{" + names(1_500_000, "0") + "}]]"},
		"numbers":            {target.Floats.Name(), "[[" + many("0", 8_000_000) + "]]"},
		"members of proto":   {target.Proto.Name(), "[{" + names(1_500_000, "0") + "}]"},
		"lists of proto":     {target.Proto.Name(), `[{"a":[` + many("[]", 5_000_000) + "]}]"},
		"arguments":          {target.Touch.Name(), "[" + many("0", 8_000_000) + "]"},
		"arguments, objects": {target.Touch.Name(), "[" + many("{}", 5_000_000) + "]"},
	} {
		attrs := with(with(base.Attributes, "ce-subject", f.name), "ce-dataencoding", "zstd")
		c.add("flood of "+what, attrs, z.EncodeAll([]byte(f.data), nil))
	}
	attrs := without(base.Attributes, "ce-source")
	for i := range 90 {
		attrs[fmt.Sprintf("a%d", i)] = strings.Repeat("x", 1000)
	}
	c.add("flood of attributes", attrs, base.Data)
}

// signed adds messages with a wrong signature, with changes after the signature, and
// with a signature from the past or the future.
func (c *corpus) signed(touch func(context.Context) error, key, other tink.MAC) {
	sign := func(key tink.MAC) *transport.Message { return publish(c.t, touch, secure.Sign(key)) }
	m := sign(other)
	c.add("forged", m.Attributes, m.Data)
	m = sign(key)
	signature := m.Attributes["ce-signature"]
	for name, value := range map[string]string{
		"ce-id": "another", "ce-source": "another", "ce-subject": target.Any.Name(), "ce-time": "2026-01-02T03:04:05Z",
		"ce-expirytime": "2126-01-02T03:04:05Z", "ce-notbefore": "2026-01-02T03:04:05Z", "ce-more": "x",
	} {
		c.add("altered "+name, with(m.Attributes, name, value), m.Data)
	}
	c.add("altered data", m.Attributes, append(bytes.Clone(m.Data), ' '))
	for i, s := range []string{"", "v1", "v1.", "v1..", "v2" + signature[2:], signature[:len(signature)-1], signature + "A", "v1.0" + signature[16:], strings.Repeat("A", 1024), sign(other).Attributes["ce-signature"], sign(key).Attributes["ce-signature"]} {
		c.add(fmt.Sprintf("signature %d", i), with(m.Attributes, "ce-signature", s), m.Data)
	}
	for name, years := range map[string]time.Duration{"replayed": 0, "of the future": 100} {
		synctest.Test(c.t, func(t *testing.T) { // the clock starts in the year 2000
			time.Sleep(years * 365 * 24 * time.Hour)
			m := publish(t, touch, secure.Sign(key))
			c.add(name, m.Attributes, m.Data)
		})
	}
}
