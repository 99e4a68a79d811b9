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
	// MaxArgs limits the JSON of a call's arguments, in bytes, before compression and
	// after decompression. Otherwise a small message could fill the callee's memory.
	MaxArgs = 16 << 20

	// CompressAbove is the size in bytes above which callers compress by default.
	CompressAbove = 8 << 10
)

const (
	encodingZstd = "zstd"
	encodingGzip = "gzip" // only decoded, for callers that have no zstd
)

// EncodeAll and DecodeAll are safe for concurrent use: they have pools and start no
// goroutines. The encoder and the decoder are created when the program starts, and the
// encoder is used once, so that its pool exists. If a first use in a bubble of
// testing/synctest created the pool, its channels would belong to that bubble, and a
// use in the next bubble would end the process. This takes 50 µs, and hardly any memory
// until they are needed.
var (
	encoder = warm(zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(min(8, runtime.GOMAXPROCS(0)))))
	decoder = must(zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxArgs)))
)

// warm returns w after a first use, which creates its pool.
func warm(w *zstd.Encoder, err error) *zstd.Encoder {
	must(w, err).EncodeAll(nil, nil)
	return w
}

// must returns v. It is for constructors that only fail if an option is wrong.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// compress returns the data to send for args, a copy, and its encoding. The encoding is
// empty if args have at most above bytes, or compression does not make them smaller.
func compress(args []byte, above int) (data []byte, encoding string) {
	if len(args) <= above {
		return bytes.Clone(args), ""
	}
	data = encoder.EncodeAll(args, make([]byte, 0, len(args)/4))
	if len(data) >= len(args) {
		return bytes.Clone(args), ""
	}
	return data, encodingZstd
}

// Packed holds arguments as they were received, perhaps compressed.
type Packed struct {
	data     []byte
	encoding string
}

// Compressed reports whether the arguments are compressed.
func (p *Packed) Compressed() bool { return p.encoding != "" }

// Size returns the largest number of bytes that Unpack may return. If the data does not
// determine it, that is MaxArgs.
func (p *Packed) Size() int {
	const maxRatio = 1032 // the highest compression ratio of deflate
	size := len(p.data)
	switch p.encoding {
	case encodingZstd:
		size, _ = frameSize(p.data)
	case encodingGzip:
		size *= maxRatio
	}
	return min(size, MaxArgs)
}

// frameSize returns the decompressed size that data declares, if data is a single frame
// that declares it, and otherwise MaxArgs. The decoder enforces the declared size.
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

// ErrTooLarge is in the error of Unpack if the arguments are too large. Its text is the
// remedy.
var ErrTooLarge = errors.New("store the data and pass a reference")

// Unpack returns the arguments, decompressed. If they have more than limit bytes, or
// more than MaxArgs, it returns an error.
func (p *Packed) Unpack(limit int) ([]byte, error) {
	limit = min(limit, MaxArgs)
	tooLarge := func() ([]byte, error) {
		return nil, fmt.Errorf("the arguments have more than %d bytes of JSON (%w)", limit, ErrTooLarge)
	}
	var args []byte
	var err error
	switch p.encoding {
	case "":
		args = p.data
	case encodingZstd:
		if size, known := frameSize(p.data); known && size > limit {
			return tooLarge()
		}
		args, err = decoder.DecodeAll(p.data, make([]byte, 0, p.Size()))
		if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
			return tooLarge()
		}
	case encodingGzip:
		args, err = gunzip(p.data, min(limit, p.Size()))
	default:
		return nil, fmt.Errorf("attribute %s is %.64q, want %q or %q (leave it out for plain JSON)", AttrEncoding, p.encoding, encodingZstd, encodingGzip)
	}
	if err != nil {
		return nil, fmt.Errorf("the data is not valid %s: %w (compress it, or leave attribute %s out)", p.encoding, err, AttrEncoding)
	}
	if len(args) > limit {
		return tooLarge()
	}
	return args, nil
}

// gunzip decompresses data. It stops after limit+1 bytes, so that its caller can see
// that the limit is exceeded.
func gunzip(data []byte, limit int) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(limit + 1 + bytes.MinRead) // at once, because growing in steps leaves as much garbage
	_, err = b.ReadFrom(io.LimitReader(r, int64(limit)+1))
	return b.Bytes(), err
}
