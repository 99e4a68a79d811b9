package secure_test

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/corpus"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
	"github.com/cloud-functions-dispatch/go/dispatch/secure"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

const secret = "s3cret-argument"

var (
	pay = dispatch.Register(payOrder)
	ran atomic.Int32
)

func payOrder(context.Context, string, int) error { ran.Add(1); return nil }

// A protection is one of the two forms of protection: signing or sealing.
type protection struct {
	publish   func(transport.Publisher) transport.Publisher
	republish func(transport.Publisher) transport.Publisher
	receive   func(...secure.Option) func(transport.Handler) transport.Handler
}

// protections returns both forms, each with a new key.
func protections(t testing.TB) map[string]protection {
	t.Helper()
	m, a := macOf(t, handle(t, keyset.NewHandle, mac.HMACSHA256Tag256KeyTemplate)), aeadOf(t, handle(t, keyset.NewHandle, aead.AES256GCMKeyTemplate))
	return map[string]protection{
		"sign": {secure.Sign(m), secure.Resign(m), func(opts ...secure.Option) func(transport.Handler) transport.Handler {
			return secure.Verify(m, opts...)
		}},
		"seal": {secure.Seal(a), secure.Reseal(a), func(opts ...secure.Option) func(transport.Handler) transport.Handler {
			return secure.Unseal(a, opts...)
		}},
	}
}

func handle[T any](t testing.TB, newHandle func(T) (*keyset.Handle, error), template func() T) *keyset.Handle {
	t.Helper()
	return must(newHandle(template()))(t)
}

func macOf(t testing.TB, h *keyset.Handle) tink.MAC   { t.Helper(); return must(mac.New(h))(t) }
func aeadOf(t testing.TB, h *keyset.Handle) tink.AEAD { t.Helper(); return must(aead.New(h))(t) }

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// published returns the message of the call that fn makes with the protection s.
func published(t testing.TB, s protection, fn func(context.Context) error) *transport.Message {
	t.Helper()
	var got *transport.Message
	keep := func(transport.Publisher) transport.Publisher {
		return func(_ context.Context, m *transport.Message) error { got = m; return nil }
	}
	var publishing []func(transport.Publisher) transport.Publisher
	if s.publish != nil {
		publishing = append(publishing, s.publish)
	}
	c := dispatch.New(nowhere{}, dispatch.Publishing(append(publishing, keep)...))
	if err := fn(dispatch.WithClient(t.Context(), c)); err != nil {
		t.Fatal(err)
	}
	return got
}

type nowhere struct{ transport.Transport }

// execute executes m in a callee with opts. It returns the result, the dead letter if the
// message was parked, and whether the function ran.
func execute(t testing.TB, m *transport.Message, opts ...entrypoint.Option) (entrypoint.Result, *deadletter.Letter, bool) {
	t.Helper()
	var letter *deadletter.Letter
	opts = append(opts, entrypoint.Logger(slog.New(slog.DiscardHandler)), entrypoint.DeadLetters(deadletter.Func(func(_ context.Context, l *deadletter.Letter) error {
		letter = l
		return nil
	})))
	before := ran.Load()
	r := executor.Must(executor.New(opts...)).Execute(t.Context(), &transport.Delivery{Message: *m, Published: time.Now()})
	return r, letter, ran.Load() > before
}

func call(ctx context.Context) error { return pay.Call(ctx, secret, 17) }

// An unchanged message is executed. A message that was changed is not executed, and is
// parked as it arrived.
func TestTampered(t *testing.T) {
	set := func(name, value string) func(*transport.Message) {
		return func(m *transport.Message) { m.Attributes[name] = value }
	}
	for name, s := range protections(t) {
		for what, tamper := range map[string]func(*transport.Message){
			"another function":   set("ce-subject", "example.com/app.drop"),
			"another ID":         set("ce-id", "other"),
			"another source":     set("ce-source", "other"),
			"another time":       set("ce-time", "2026-01-02T03:04:05Z"),
			"no expiry":          func(m *transport.Message) { delete(m.Attributes, "ce-expirytime") },
			"another encoding":   set("ce-dataencoding", "gzip"),
			"one more attribute": set("ce-tenant", "other"),
			"names that join": func(m *transport.Message) {
				m.Attributes["ce-sourcex"] = m.Attributes["ce-source"]
				delete(m.Attributes, "ce-source")
			},
			"other arguments": func(m *transport.Message) { m.Data = []byte(`["` + secret + `",1000000]`) },
			"a bit":           func(m *transport.Message) { m.Data = bytes.Clone(m.Data); m.Data[0] ^= 1 },
			"a byte less":     func(m *transport.Message) { m.Data = m.Data[:len(m.Data)-1] },
			"no data":         func(m *transport.Message) { m.Data = nil },
			"signature: none": func(m *transport.Message) {
				delete(m.Attributes, "ce-signature")
				delete(m.Attributes, "ce-sealed")
			},
			"signature: empty": edit(func(string) string { return "" }),
			"signature: cut":   edit(func(v string) string { return v[:len(v)-2] }),
			"signature: longer": edit(func(v string) string {
				return v + "A"
			}),
			"signature: newer version": edit(func(v string) string { return "v2" + v[2:] }),
			"signature: later":         edit(func(v string) string { return "v1.9" + v[4:] }),
			"signature: no time":       edit(func(v string) string { return "v1." + strings.TrimLeft(v[3:], "0123456789") }),
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				m := published(t, s, func(ctx context.Context) error { return pay.With(dispatch.Expire(time.Hour)).Call(ctx, secret, 17) })
				if r, _, ran := execute(t, m, entrypoint.Executing(s.receive())); r.Outcome != entrypoint.Executed || !ran {
					t.Fatalf("untouched: %v, %v; ran: %v", r.Outcome, r.Err, ran)
				}
				tamper(m)
				came := &transport.Message{Data: bytes.Clone(m.Data), Attributes: maps.Clone(m.Attributes)}
				r, letter, ran := execute(t, m, entrypoint.Executing(s.receive()))
				if r.Outcome != entrypoint.Parked || r.Reason != entrypoint.ReasonRefused || ran {
					t.Fatalf("%v for %q, %v; ran: %v; want it parked and refused", r.Outcome, r.Reason, r.Err, ran)
				}
				if !bytes.Equal(letter.Data, came.Data) || !maps.Equal(letter.Attributes, came.Attributes) {
					t.Errorf("the letter has %v, %q; want it as it came: %v, %q", letter.Attributes, letter.Data, came.Attributes, came.Data)
				}
				if strings.Contains(r.Err.Error(), secret) {
					t.Errorf("an argument is in the error %v", r.Err)
				}
			})
		}
	}
}

// edit changes the signature or the seal of a message.
func edit(f func(string) string) func(*transport.Message) {
	return func(m *transport.Message) {
		for _, name := range []string{"ce-signature", "ce-sealed"} {
			if v, ok := m.Attributes[name]; ok {
				m.Attributes[name] = f(v)
			}
		}
	}
}

// Attributes that the signature does not cover may change.
func TestUncovered(t *testing.T) {
	for name, s := range protections(t) {
		m := published(t, s, call)
		m.Attributes["ce-traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
		m.Attributes["dispatch-reason"] = "x"
		m.Attributes["googclient_schemaid"] = "x"
		if r, _, ran := execute(t, m, entrypoint.Executing(s.receive())); !ran {
			t.Errorf("%s: %v, %v; want it executed", name, r.Outcome, r.Err)
		}
	}
}

// A message that came as a CloudEvent in the body of an SQS message is executed, and is not
// if it was changed there.
func TestStructured(t *testing.T) {
	for name, s := range protections(t) {
		m := published(t, s, call)
		over, err := sqsmessage.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		for body, want := range map[string]bool{over.Body: true, strings.Replace(over.Body, `"subject":"`, `"subject":"x`, 1): false} {
			d := sqsmessage.Delivery(body, over.Attributes, nil)
			if r, _, ran := execute(t, &d.Message, entrypoint.Executing(s.receive())); ran != want {
				t.Errorf("%s: %v, %v; ran: %v, want %v", name, r.Outcome, r.Err, ran, want)
			}
		}
	}
}

func TestSeal_hides(t *testing.T) {
	s := protections(t)["seal"]
	m := published(t, s, call)
	if bytes.Contains(m.Data, []byte(secret)) {
		t.Errorf("the data is %q, which shows an argument", m.Data)
	}
	r, _, ran := execute(t, m)
	if want := "attribute ce-sealed says that the arguments are encrypted (pass secure.Unseal to entrypoint.Executing)"; ran || !strings.HasSuffix(r.Err.Error(), want) {
		t.Errorf("a callee without the key: %v, %v; want %s", r.Outcome, r.Err, want)
	}
}

// at runs f in a bubble, d after the start of the bubble's clock.
func at(t *testing.T, d time.Duration, f func(*testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(d)
		f(t)
	})
}

func TestWindow(t *testing.T) {
	for name, s := range protections(t) {
		for what, c := range map[string]struct {
			opts           []secure.Option
			call           []dispatch.CallOption
			made, executed time.Duration
			err            string // empty if it is executed
		}{
			"a day":           {nil, nil, 0, 24 * time.Hour, ""},
			"more":            {nil, nil, 0, 24*time.Hour + time.Second, "it was signed or sealed 24h0m1s ago, and the window is 24h0m0s"},
			"a short window":  {[]secure.Option{secure.Window(time.Minute)}, nil, 0, 2 * time.Minute, "it was signed or sealed 2m0s ago, and the window is 1m0s"},
			"a delayed call":  {[]secure.Option{secure.Window(time.Minute)}, []dispatch.CallOption{dispatch.Delay(time.Hour)}, 0, time.Hour, ""},
			"and late":        {[]secure.Option{secure.Window(time.Minute)}, []dispatch.CallOption{dispatch.Delay(time.Hour)}, 0, time.Hour + 2*time.Minute, "it was signed or sealed 2m0s ago"},
			"another's clock": {nil, nil, 4 * time.Minute, 0, ""},
			"the future":      {nil, nil, 6 * time.Minute, 0, "it was signed or sealed 6m0s in the future (correct the caller's clock)"},
		} {
			var m *transport.Message
			at(t, c.made, func(t *testing.T) {
				m = published(t, s, func(ctx context.Context) error { return pay.With(c.call...).Call(ctx, secret, 1) })
			})
			at(t, c.executed, func(t *testing.T) {
				r, _, ran := execute(t, m, entrypoint.Executing(s.receive(c.opts...)))
				if ran != (c.err == "") || !ran && !strings.Contains(r.Err.Error(), c.err) {
					t.Errorf("%s, %s: %v, %v; ran: %v; want %q", name, what, r.Outcome, r.Err, ran, c.err)
				}
			})
		}
	}
}

// A dead letter that is too old can be published again with the key, if it is genuine.
func TestRepublish(t *testing.T) {
	for name, s := range protections(t) {
		m := published(t, s, call)
		forged := &transport.Message{Data: append(bytes.Clone(m.Data), ' '), Attributes: maps.Clone(m.Attributes)}
		var republished *transport.Message
		publish := s.republish(func(_ context.Context, m *transport.Message) error { republished = m; return nil })
		at(t, 0, func(t *testing.T) {
			if err := publish(t.Context(), m); err != nil {
				t.Error(err)
			}
			if _, _, ran := execute(t, republished, entrypoint.Executing(s.receive())); !ran {
				t.Errorf("%s: a republished message does not run", name)
			}
			republished = nil
			for what, m := range map[string]*transport.Message{"forged": forged, "not protected": published(t, protection{}, call)} {
				if err := publish(t.Context(), m); err == nil || republished != nil {
					t.Errorf("%s: republishing a message that is %s = %v, %v; want an error", name, what, republished, err)
				}
			}
			if err := s.publish(publish)(t.Context(), published(t, s, call)); err == nil {
				t.Errorf("%s: publishing a protected message = nil, want an error", name)
			}
		})
	}
}

func TestMigrate(t *testing.T) {
	for name, s := range protections(t) {
		counted := 0
		migrate := entrypoint.Executing(s.receive(secure.Migrate(func(context.Context) { counted++ })))
		if r, _, ran := execute(t, published(t, protection{}, call), migrate); !ran || counted != 1 {
			t.Errorf("%s: unprotected: %v, %v; counted %d; want it executed and counted", name, r.Outcome, r.Err, counted)
		}
		if r, _, ran := execute(t, published(t, s, call), migrate); !ran || counted != 1 {
			t.Errorf("%s: protected: %v, %v; counted %d; want it executed and not counted", name, r.Outcome, r.Err, counted)
		}
		forged := published(t, protections(t)[name], call) // by another key
		if r, _, ran := execute(t, forged, migrate); ran || r.Outcome != entrypoint.Parked || counted != 1 {
			t.Errorf("%s: forged: %v, %v; ran: %v; counted %d; want it parked", name, r.Outcome, r.Err, ran, counted)
		}
		if _, _, ran := execute(t, published(t, protection{}, call), entrypoint.Executing(s.receive(secure.Migrate(nil)))); !ran {
			t.Errorf("%s: unprotected, without a count function: it does not run", name)
		}
	}
}

// Keys are rotated in their keyset: the callee gets the new key first, then the caller uses
// it, then the old key is deleted.
func TestRotation(t *testing.T) {
	manager := keyset.NewManager()
	first := must(manager.Add(mac.HMACSHA256Tag256KeyTemplate()))(t)
	if err := manager.SetPrimary(first); err != nil {
		t.Fatal(err)
	}
	signer := func() protection {
		m := macOf(t, must(manager.Handle())(t))
		return protection{secure.Sign(m), secure.Resign(m), func(opts ...secure.Option) func(transport.Handler) transport.Handler {
			return secure.Verify(m, opts...)
		}}
	}
	old := signer()
	second := must(manager.Add(mac.HMACSHA256Tag256KeyTemplate()))(t)
	both := signer()
	if err := manager.SetPrimary(second); err != nil {
		t.Fatal(err)
	}
	rotated := signer()
	if err := manager.Delete(first); err != nil {
		t.Fatal(err)
	}
	last := signer()
	for _, c := range []struct {
		caller, callee protection
		runs           bool
	}{{old, both, true}, {both, old, true}, {rotated, both, true}, {rotated, old, false}, {old, rotated, true}, {rotated, last, true}, {old, last, false}} {
		if r, _, ran := execute(t, published(t, c.caller, call), entrypoint.Executing(c.callee.receive())); ran != c.runs {
			t.Errorf("%v, %v; ran: %v, want %v", r.Outcome, r.Err, ran, c.runs)
		}
	}
}

// FuzzVerify: only the genuine message is executed, and nothing panics.
func FuzzVerify(f *testing.F) {
	corpus.Add(f)
	all := protections(f)
	genuine := published(f, all["sign"], call)
	f.Add(genuine.Attributes["ce-signature"], genuine.Attributes["ce-id"], "", genuine.Data)
	f.Add(genuine.Attributes["ce-signature"]+"\r\n", genuine.Attributes["ce-id"], "", genuine.Data)
	f.Add("v1..", "1", "ce-x", []byte("[]"))
	f.Add("v1.9223372036854775808.AAAA", "", "ce-signature", []byte{})
	f.Fuzz(func(t *testing.T, signature, id, extra string, data []byte) {
		for name, s := range all {
			m := &transport.Message{Data: data, Attributes: maps.Clone(genuine.Attributes)}
			m.Attributes["ce-id"] = id
			if extra != "" {
				m.Attributes[extra] = signature
			}
			m.Attributes["ce-signature"], m.Attributes["ce-sealed"] = signature, signature
			delete(m.Attributes, map[string]string{"sign": "ce-sealed", "seal": "ce-signature"}[name])
			_, _, ran := execute(t, m, entrypoint.Executing(s.receive()))
			if same := name == "sign" && bytes.Equal(data, genuine.Data) && maps.Equal(m.Attributes, genuine.Attributes); ran != same {
				t.Errorf("%s: ran: %v with the signature %q, ID %q, %q and data %q", name, ran, signature, id, extra, data)
			}
		}
	})
}
