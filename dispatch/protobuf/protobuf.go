// Package protobuf makes functions take protocol buffer messages, as arguments or inside
// of one. A package that registers such a function imports it for its effect:
//
//	import _ "github.com/cloud-functions-dispatch/go/dispatch/protobuf"
//
// Without it, Register panics, and Call returns an error for a message in an any. It is a
// package of its own because a program grows by about a third with it, even if it sends no
// message. dispatchvet reports where it is missing.
//
// Messages are sent in their JSON mapping, as protojson writes it. A member that the
// callee's message does not know is ignored, as in other arguments. Call refuses a message
// with unknown fields, which protojson would drop.
package protobuf

import (
	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/proto"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
)

func init() {
	codec.SetMessages(codec.Messages{
		Marshalers:   json.JoinMarshalers(json.MarshalToFunc(encodeValue), json.MarshalToFunc(encodeMessage)),
		Unmarshalers: json.JoinUnmarshalers(json.UnmarshalFromFunc(decodeValue), json.UnmarshalFromFunc(decodeMessage)),
		Equal:        proto.Equal,
	})
}
