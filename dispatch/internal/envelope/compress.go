package envelope

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/klauspost/compress/zstd"
)

const (
	// MaxArgs is the most bytes of JSON that a call may have, before
	// compression and after decompression: a small message cannot make the
	// callee fill its memory.
	MaxArgs = 16 << 20

	// compressAbove is the size in bytes from which on compression is worth
	// its time.
	compressAbove = 8 << 10
)

const (
	encodingZstd = "zstd"
	encodingGzip = "gzip" // understood, for callers that have no zstd
)

// The encoder and the decoder are safe for concurrent use with EncodeAll and
// DecodeAll, which keep pools of their own and start no goroutines. They are made at
// the start, and used once, for their pools to be made: channels that are made on
// first use belong to the bubble of testing/synctest that uses them first, and end the
// process in the next. That takes 50 µs, and hardly any memory until they are needed.
var (
	encoder = warm(zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(min(8, runtime.GOMAXPROCS(0)))))
	decoder = must(zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxArgs)))
)

func warm(w *zstd.Encoder, err error) *zstd.Encoder {
	must(w, err).EncodeAll(nil, nil)
	return w
}

// must is for constructors that fail on wrong options only.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// compress returns args as they travel, and the encoding to mark them with.
func compress(args []byte) (data []byte, encoding string) {
	if len(args) <= compressAbove {
		return args, ""
	}
	data = encoder.EncodeAll(args, make([]byte, 0, len(args)/4))
	if len(data) >= len(args) {
		return args, ""
	}
	return data, encodingZstd
}

// Packed are arguments as they travel, perhaps compressed.
type Packed struct {
	data     []byte
	encoding string
}

// Compressed reports whether they have to be decompressed.
func (p *Packed) Compressed() bool { return p.encoding != "" }

// Size returns how many bytes Unpack returns at most. Where nobody can tell, that
// is MaxArgs.
func (p *Packed) Size() int {
	const mostGzip = 1032 // to one, by deflate
	size := len(p.data)
	switch p.encoding {
	case encodingZstd:
		size, _ = frameSize(p.data)
	case encodingGzip:
		size *= mostGzip
	}
	return min(size, MaxArgs)
}

// frameSize returns what the one frame that data consists of says of its size, or
// MaxArgs, which may not be known. The decoder holds a frame to what it says.
func frameSize(data []byte) (size int, known bool) {
	var h zstd.Header
	if h.Decode(data) != nil || !h.HasFCS || h.FrameContentSize > 1<<62 {
		return MaxArgs, false
	}
	rest := data[h.HeaderSize:]
	for last := false; !last; { // RFC 8878, 3.1.1.2
		if len(rest) < 3 {
			return MaxArgs, false
		}
		header := uint(rest[0]) | uint(rest[1])<<8 | uint(rest[2])<<16
		last = header&1 != 0
		size := int(header >> 3)
		if kind := header >> 1 & 3; kind == 1 { // one byte, repeated
			size = 1
		}
		if len(rest) < 3+size {
			return MaxArgs, false
		}
		rest = rest[3+size:]
	}
	if h.HasCheckSum {
		rest = rest[min(4, len(rest)):]
	}
	if len(rest) > 0 { // another frame
		return MaxArgs, false
	}
	return int(h.FrameContentSize), true
}

// ErrTooLarge is in the error of Unpack for arguments of more than max bytes.
var ErrTooLarge = errors.New("store the data and send where it is")

// Unpack returns the arguments, if they have at most max bytes, or MaxArgs.
func (p *Packed) Unpack(max int) ([]byte, error) {
	max = min(max, MaxArgs)
	tooLarge := func() ([]byte, error) {
		return nil, fmt.Errorf("the arguments have more than %d bytes of JSON (%w)", max, ErrTooLarge)
	}
	var args []byte
	var err error
	switch p.encoding {
	case "":
		args = p.data
	case encodingZstd:
		if size, known := frameSize(p.data); known && size > max {
			return tooLarge()
		}
		args, err = decoder.DecodeAll(p.data, make([]byte, 0, p.Size()))
		if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
			return tooLarge()
		}
	case encodingGzip:
		args, err = gunzip(p.data, min(max, p.Size()))
	default:
		return nil, fmt.Errorf("attribute %s is %.64q, want %q or %q (leave it out for plain JSON)", AttrEncoding, p.encoding, encodingZstd, encodingGzip)
	}
	if err != nil {
		return nil, fmt.Errorf("the data is not valid %s: %w (attribute %s says that it is)", p.encoding, err, AttrEncoding)
	}
	if len(args) > max {
		return tooLarge()
	}
	return args, nil
}

func gunzip(data []byte, max int) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(max + 1 + bytes.MinRead) // at once: growing leaves as much behind
	_, err = b.ReadFrom(io.LimitReader(r, int64(max)+1))
	return b.Bytes(), err
}
