package table

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"time"
	"unsafe"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

type (
	namedByte   byte
	namedString string
	namedBool   bool
	namedFunc   func()
	namedSlice  []namedString
	namedMap    map[namedString]namedSlice
	namedPtr    *int
	namedAny    any
	method      interface{ M() }
	methodical  struct{ A int }
	alias       = map[string][]namedString
	lists       []lists
	nest        map[string]nest
)

func (methodical) M() {}

func init() {
	row[bool]("bool")
	row[string]("string")
	row[int]("int")
	row[int8]("int8")
	row[int16]("int16")
	row[int32]("int32")
	row("int64", int64(-1<<63), int64(1<<63-1))
	row[uint]("uint")
	row[uint8]("uint8")
	row[uint16]("uint16")
	row[uint32]("uint32")
	row("uint64", uint64(1<<64-1))
	row[uintptr]("uintptr")
	row("float32", float32(0.1), float32(1e38))
	row("float64", 0.1, 1e300, -0.0)
	row[complex64]("complex64")
	row[complex128]("complex128")
	row[unsafe.Pointer]("unsafe pointer")
	row[time.Duration]("duration")
	row[namedString]("named string")
	row[namedBool]("named bool")
	row[namedPtr]("named pointer")
	row[alias]("alias")

	row[chan int]("chan")
	row[<-chan int]("receiving chan")
	row[func()]("func")
	row[func(int) string]("func with a result")
	row[namedFunc]("named func")
	row[*chan int]("pointer to chan")
	row[[]chan int]("slice of chan")
	row[[2]chan int]("array of chan")
	row[[0]chan int]("empty array of chan")
	row[map[string]chan int]("map of chan")
	row[map[chan int]string]("map by chan")
	row[[]func()]("slice of func")
	row[[1][1]func()]("array of array of func")
	row[[1][0]func()]("array of empty array of func")

	row[any]("any")
	row[namedAny]("named any")
	row[[]any]("slice of any")
	row[map[string]any]("map of any")
	row[*any]("pointer to any")
	row[method]("interface", methodical{})
	row[error]("error")
	row[io.Reader]("reader")
	row[fmt.Stringer]("stringer", time.Second)
	row("context", context.Background())
	row[[]error]("slice of error", []error{sampleError})
	row[map[string]io.Reader]("map of reader", map[string]io.Reader{"a": sampleReader})
	row[*error]("pointer to error")

	row[[3]int]("array")
	row[[]int]("slice")
	row("slice, empty", []int{})
	row[[][]string]("slice of slice")
	row("bytes", []byte{0, 255}, []byte{})
	row[[4]byte]("array of bytes")
	row[[0]byte]("empty array of bytes")
	row[[]namedByte]("slice of named bytes")
	row[[2]namedByte]("array of named bytes")
	row[[]uint8]("slice of uint8")
	row[[]rune]("slice of rune")
	row[namedSlice]("named slice")
	row[lists]("recursive slice", lists{nil, {}, {nil}})
	row[*int]("pointer")
	row[**string]("pointer to pointer")
	row[*[]*int]("pointer to slice of pointers")
	policy("pointer to nil pointer", "a nil is null at any depth", new(*string))
	policy("pointer to nil slice", "a nil is null at any depth", new([]int))
	policy("pointer to nil map", "a nil is null at any depth", new(map[string]int))
	policy("pointer to nil any", "a nil is null at any depth", new(any))

	row[map[string]int]("map")
	row("map, empty", map[string]int{})
	row[map[namedString]int]("map by named string")
	row[map[int]string]("map by int")
	row[map[int64]string]("map by int64")
	row[map[uint8]string]("map by uint8")
	row[map[uintptr]string]("map by uintptr")
	row[map[float64]string]("map by float64")
	row[map[bool]string]("map by bool")
	row[map[namedBool]string]("map by named bool")
	row[map[complex128]string]("map by complex")
	row[map[any]string]("map by any", map[any]string{"a": "b"})
	row[map[error]string]("map by error", map[error]string{sampleError: "a"})
	row[map[*string]int]("map by pointer")
	row[map[[2]int]string]("map by array")
	row[map[[4]byte]string]("map by array of bytes")
	row[map[[4]namedByte]string]("map by array of named bytes")
	row[map[struct{ A int }]string]("map by struct")
	row[map[time.Duration]string]("map by duration")
	row[map[time.Time]string]("map by time", map[time.Time]string{time.Date(2024, 2, 29, 1, 2, 3, 4, time.UTC): "a"})
	row[map[time.Month]string]("map by month")
	row[map[netip.Addr]string]("map by address")
	row[map[uuid.UUID]string]("map by UUID")
	row("map by decimal", map[decimal.Decimal]string{})
	row[nest]("recursive map", nest{"a": {"b": nil}})
	row[namedMap]("named map")
	row[map[string]map[int][]*string]("map of map")
}
