// Package rpcerror explains the errors of gRPC to users of a transport.
package rpcerror

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Explain adds to err the operation that failed, and the remedy for its status code if
// remedies has one. The end of a context becomes context.Canceled or
// context.DeadlineExceeded, so that errors.Is finds it. Explain returns nil for nil.
func Explain(doing string, err error, remedies map[codes.Code]string) error {
	if err == nil {
		return nil
	}
	code, remedy := status.Code(err), ""
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
	case code == codes.Canceled:
		err = context.Canceled
	case code == codes.DeadlineExceeded:
		err = context.DeadlineExceeded
	case remedies[code] != "":
		remedy = remedies[code] + ": "
	}
	return fmt.Errorf("%s: %s%w", doing, remedy, err)
}
