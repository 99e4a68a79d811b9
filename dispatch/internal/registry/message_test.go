package registry_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
)

// TestMessage_withoutProtobuf: this test links no dispatch/protobuf, so a function that
// takes messages cannot be registered, and a message in an any cannot be sent.
func TestMessage_withoutProtobuf(t *testing.T) {
	t.Parallel()
	type order struct{ Due []*timestamppb.Timestamp }
	const want = `argument 2 (registry_test.order) has a protocol buffer message, but dispatch/protobuf is not imported: Register panics (import _ "github.com/cloud-functions-dispatch/go/dispatch/protobuf" in the package that registers the function)`
	_, err := codec.Of(reflect.TypeFor[func(context.Context, string, order) error]())
	if err == nil || err.Error() != want {
		t.Errorf("Of = %v, want %s", err, want)
	}
	s, err := codec.Of(reflect.TypeFor[func(context.Context, any) error]())
	if err != nil {
		t.Fatal(err)
	}
	arg := reflect.New(reflect.TypeFor[any]()).Elem()
	arg.Set(reflect.ValueOf(map[string]any{"due": timestamppb.Now()}))
	if _, err := s.Encode([]reflect.Value{arg}); err == nil || !strings.Contains(err.Error(), `a value has type *timestamppb.Timestamp, a protocol buffer message (import _ "`) {
		t.Errorf("Encode = %v, want an error with the import", err)
	}
}
