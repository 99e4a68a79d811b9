package main

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	jsonv2 "github.com/go-json-experiment/json"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/appengine/v2/delay"
	"google.golang.org/protobuf/proto"

	"github.com/cloud-functions-dispatch/go/bench/runtime/work"
)

// codecPeer is an encoding of arguments, and nothing else.
func codecPeer[A, B any](c work.Call[A, B], name, without string, encode func(args[A, B]) ([]byte, error), decode func([]byte, *args[A, B]) error) peer {
	var message []byte
	return peer{
		name: name, without: without,
		pack: func() (err error) {
			message, err = encode(args[A, B]{c.A, c.B})
			return err
		},
		run: func() error {
			var a args[A, B]
			if err := decode(message, &a); err != nil {
				return err
			}
			return c.Do(background, a.A, a.B)
		},
		bytes: func() int { return len(message) },
	}
}

const onlyEncoding = "all but the arguments' encoding"

func jsonPeer[A, B any](c work.Call[A, B]) peer {
	return codecPeer(c, "encoding/json, direct call", onlyEncoding,
		func(a args[A, B]) ([]byte, error) { return json.Marshal(a) },
		func(data []byte, a *args[A, B]) error { return json.Unmarshal(data, a) })
}

func jsonV2Peer[A, B any](c work.Call[A, B]) peer {
	return codecPeer(c, "json v2, direct call", onlyEncoding,
		func(a args[A, B]) ([]byte, error) { return jsonv2.Marshal(a) },
		func(data []byte, a *args[A, B]) error { return jsonv2.Unmarshal(data, a) })
}

// dbosPeer does what the default serializer of DBOS does, which is internal.
func dbosPeer[A, B any](c work.Call[A, B]) peer {
	return codecPeer(c, "DBOS, as its default serializer", onlyEncoding+" (the serializer is internal, and done again here)",
		func(a args[A, B]) ([]byte, error) {
			data, err := json.Marshal(a)
			return []byte(base64.StdEncoding.EncodeToString(data)), err
		},
		func(data []byte, a *args[A, B]) error {
			data, err := base64.StdEncoding.DecodeString(string(data))
			if err != nil {
				return err
			}
			return json.Unmarshal(data, a)
		})
}

func dbosGobPeer[A, B any](c work.Call[A, B]) peer {
	gob.Register(args[A, B]{})
	s := dbos.NewGobSerializer()
	return codecPeer(c, "DBOS, gob serializer", onlyEncoding,
		func(a args[A, B]) ([]byte, error) {
			text, err := s.Encode(a)
			if err != nil {
				return nil, err
			}
			return []byte(*text), nil
		},
		func(data []byte, a *args[A, B]) error {
			text := string(data)
			v, err := s.Decode(&text)
			if err == nil {
				*a = v.(args[A, B])
			}
			return err
		})
}

// temporalPeer converts arguments as the client and the worker of Temporal do.
func temporalPeer[A, B any](c work.Call[A, B]) peer {
	conv := converter.GetDefaultDataConverter()
	var message []byte
	return peer{
		name:    "Temporal, default converter",
		without: onlyEncoding + " (in protobuf)",
		pack: func() error {
			p, err := conv.ToPayloads(c.A, c.B)
			if err != nil {
				return err
			}
			message, err = proto.Marshal(p)
			return err
		},
		run: func() error {
			var p common.Payloads
			var a A
			var b B
			if err := errors.Join(proto.Unmarshal(message, &p), conv.FromPayloads(&p, &a, &b)); err != nil {
				return err
			}
			return c.Do(background, a, b)
		},
		bytes: func() int { return len(message) },
	}
}

// delayPeer is App Engine's package, whose task is pushed to the handler that it adds to
// net/http's default mux.
func delayPeer[A, B any](c work.Call[A, B]) peer {
	f := delay.MustRegister(c.Size, c.Do)
	var path string
	var message []byte
	return peer{
		name:    "appengine/v2 delay",
		without: "HTTP's protocol and the call of the task queue",
		pack: func() error {
			t, err := f.Task(c.A, c.B)
			if err == nil {
				path, message = t.Path, t.Payload
			}
			return err
		},
		run: func() error {
			r, err := http.NewRequest(http.MethodPost, path, bytes.NewReader(message))
			if err != nil {
				return err
			}
			answer := httptest.NewRecorder()
			http.DefaultServeMux.ServeHTTP(answer, r)
			if answer.Code != http.StatusOK {
				return errors.New(http.StatusText(answer.Code))
			}
			return nil
		},
		bytes: func() int { return len(message) },
	}
}
