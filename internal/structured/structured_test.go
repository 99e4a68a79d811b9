package structured_test

import (
	"flag"
	"maps"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cloud-functions-dispatch/go/internal/structured"
)

var update = flag.Bool("update", false, "renew the golden files")

// TestEncode_golden compares events with golden files.
func TestEncode_golden(t *testing.T) {
	t.Parallel()
	call := map[string]string{
		"ce-specversion": "1.0", "ce-type": "dev.cloudfunctions.dispatch.call.v1", "ce-id": "an-id",
		"ce-source": "example.com/app", "ce-subject": "example.com/app/mail.send",
	}
	with := func(name, value string) map[string]string {
		m := maps.Clone(call)
		m[name] = value
		return m
	}
	for name, m := range map[string]*structured.Event{
		"json":    {Attributes: call, Data: []byte(`["ann", 1,null]`)},
		"unicode": {Attributes: with("ce-subject", "example.com/café.f\u2028\uffff🦫"), Data: []byte(`["é"]`)},
		"binary":  {Attributes: with("ce-dataencoding", "zstd"), Data: []byte{0x28, 0xb5, 0x2f, 0xfd, 0}},
		"key":     {Attributes: call, Data: []byte(`[]`), Key: "customer 7"},
		"nothing": {Attributes: call},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := structured.Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			file := "testdata/" + name + ".json"
			if *update {
				if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(got)+"\n" != string(want) {
				t.Errorf("got %s, want %s", got, want)
			}
			checkSame(t, m, got)
		})
	}
}

// checkSame checks that event decodes to m.
func checkSame(t *testing.T, m *structured.Event, event []byte) {
	t.Helper()
	back, err := structured.Decode(event)
	if err != nil {
		t.Fatalf("Decode(%s) = %v", event, err)
	}
	if string(back.Data) != string(m.Data) || back.Key != m.Key || !maps.Equal(back.Attributes, m.Attributes) {
		t.Errorf("decoded %q, key %q, %q; want %q, key %q, %q", back.Data, back.Key, back.Attributes, m.Data, m.Key, m.Attributes)
	}
}

func TestEncode_refuses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ce-", "ce-A", "ce-a-b", "ce-é", "ce-data", "ce-data_base64", "ce-partitionkey"} {
		if _, err := structured.Encode(&structured.Event{Attributes: map[string]string{name: "x"}}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Encode with the attribute %s = %v, want an error that names it", name, err)
		}
	}
}

// TestDecode decodes events of other programs.
func TestDecode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ event, data, err string }{
		{`{"specversion":"1.0","data":[1, 2]}`, `[1, 2]`, ""},
		{" {\n\t\"data\" : [ 1 ] ,\"specversion\":\"1.0\" }\n", `[ 1 ]`, ""},
		{`{"specversion":"1.0","n":3,"b":true,"none":null,"data":null}`, `null`, ""},
		{`{"specversion":"1.0","data_base64":null}`, ``, ""},
		{`{"specversion":"1.0","data_base64":"W10="}`, `[]`, ""},
		{`{"specversion":"1.0","data_base64":"W10"}`, "", "base64"},
		{`{"specversion":"1.0","data":[],"data_base64":"W10="}`, "", "leave one out"},
		{`{"specversion":"1.0","specversion":"1.0"}`, "", "JSON object"},
		{`{"specversion":{"secret":1}}`, "", "specversion"},
		{`{"specversion":"1.0"}{}`, "", "JSON object"},
		{`{"specversion":"1.0"`, "", "JSON object"},
		{`["secret"]`, "", "JSON object"},
		{"\xff", "", "JSON object"},
		{``, "", "JSON object"},
		{`{` + strings.Repeat(`"a":1,`, 2000) + `"b":1}`, "", "JSON object"}, // a duplicate
		{`{` + manyMembers + `"b":1}`, "", "members"},
	} {
		m, err := structured.Decode([]byte(c.event))
		switch {
		case c.err == "" && err != nil, c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "secret")):
			t.Errorf("Decode(%.80q) = %v, want %q", c.event, err, c.err)
		case err == nil && string(m.Data) != c.data:
			t.Errorf("Decode(%.80q) has data %q, want %q", c.event, m.Data, c.data)
		}
	}
}

var manyMembers = func() string {
	var b strings.Builder
	for i := range 1001 {
		b.WriteString(`"a` + strings.Repeat("x", i) + `":1,`)
	}
	return b.String()
}()

// FuzzEncode: whatever the data, the key and an attribute are, the event decodes to them,
// and has no character that XML forbids.
func FuzzEncode(f *testing.F) {
	for _, data := range []string{"", "[]", ` [1]`, "[\"\\u0000\x7f\"]", `1,"id":2`, "\xff", "[\r\n1]", "\"\uffff\""} {
		f.Add([]byte(data), "k", "v")
	}
	f.Fuzz(func(t *testing.T, data []byte, key, value string) {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			t.Skip("a transport refuses text that is not UTF-8")
		}
		m := &structured.Event{Data: data, Key: key, Attributes: map[string]string{"ce-v": value}}
		event, err := structured.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		checkSame(t, m, event)
		for _, r := range string(event) {
			if r < ' ' && r != '\t' && r != '\n' || r == '\ufffe' || r > 0xffff || r == utf8.RuneError && !strings.Contains(key+value, "\ufffd") {
				t.Errorf("the event has the character %U", r)
			}
		}
	})
}

// FuzzDecode: no input panics, and each message that is decoded can be encoded again
// unless an attribute has another name than this library gives.
func FuzzDecode(f *testing.F) {
	for _, event := range []string{`{}`, `{"data":[1]}`, `{"id":"1","data_base64":"W10="}`, `{"partitionkey":"k"}`, `{"A":1}`} {
		f.Add([]byte(event))
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		m, err := structured.Decode(event)
		if err != nil {
			return
		}
		if again, err := structured.Encode(m); err == nil {
			checkSame(t, m, again)
		}
	})
}
