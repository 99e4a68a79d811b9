package envelope

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	// MaxArgs is the most bytes of JSON that a call may have, before
	// compression and after decompression: a small message cannot make the
	// callee fill its memory.
	MaxArgs = 64 << 20

	// compressAbove is the size in bytes from which on compression is worth
	// its time.
	compressAbove = 8 << 10
)

const (
	encodingZstd = "zstd"
	encodingGzip = "gzip" // understood, for callers that have no zstd
)

// The encoder and the decoder are made on first use, since most programs only
// ever need one of them; both are safe for concurrent use with EncodeAll and
// DecodeAll, which keep pools of their own and start no goroutines.
var (
	encoder = sync.OnceValue(func() *zstd.Encoder {
		return must(zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest)))
	})
	decoder = sync.OnceValue(func() *zstd.Decoder {
		return must(zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxArgs)))
	})
)

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
	data = encoder().EncodeAll(args, make([]byte, 0, len(args)/4))
	if len(data) >= len(args) {
		return args, ""
	}
	return data, encodingZstd
}

func decompress(data []byte, encoding string) ([]byte, error) {
	var args []byte
	var err error
	switch encoding {
	case "":
		args = data
	case encodingZstd:
		args, err = decoder().DecodeAll(data, nil)
		if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
			return nil, errTooLarge
		}
	case encodingGzip:
		args, err = gunzip(data)
	default:
		return nil, fmt.Errorf("attribute %s is %.64q, want %q or %q (leave it out for plain JSON)", AttrEncoding, encoding, encodingZstd, encodingGzip)
	}
	if err != nil {
		return nil, fmt.Errorf("the data is not valid %s: %w (attribute %s says that it is)", encoding, err, AttrEncoding)
	}
	if len(args) > MaxArgs {
		return nil, errTooLarge
	}
	return args, nil
}

var errTooLarge = fmt.Errorf("the arguments have more than %d bytes of JSON (store the data and send where it is)", MaxArgs)

func gunzip(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, MaxArgs+1))
}
