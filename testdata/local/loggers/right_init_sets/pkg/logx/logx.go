// Package logx is our logger.
package logx

import (
	"fmt"
	"io"
	"os"
)

type Zog struct {
	w     io.Writer
	level int
}

var L *Zog

func init() { Setup(1) }

func Setup(level int) { L = &Zog{os.Stderr, level} }

func (z *Zog) Infow(msg string, kv ...any) {
	if z.level > 1 {
		return
	}
	fmt.Fprintln(z.w, append([]any{msg}, kv...)...)
}
