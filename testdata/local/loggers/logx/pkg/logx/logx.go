// Package logx is our logger.
package logx

import (
	"fmt"
	"io"
	"os"
)

type Level int

type Zog struct {
	w     io.Writer
	level Level
}

var L *Zog

func Setup(level Level) { L = &Zog{os.Stderr, level} }

func (z *Zog) Infow(msg string, kv ...any) {
	if z.level > 1 {
		return
	}
	fmt.Fprintln(z.w, append([]any{msg}, kv...)...)
}
