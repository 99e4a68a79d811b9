// Package linked has the encoder of messages for the packages that import it.
package linked

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	_ "github.com/cloud-functions-dispatch/go/dispatch/protobuf"
)

type Order struct {
	Due *timestamppb.Timestamp
}
