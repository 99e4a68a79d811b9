package wrapped

import (
	"context"
	"io"
	"text/template"
	"time"
)

type Mailer struct{ from string }

type Sender interface{ Push(context.Context) error }

type letter struct{ Text string }

func NewMailer(from string) *Mailer { return &Mailer{from} }

func (*Mailer) Send(ctx context.Context, to string) error                       { return nil }
func (*Mailer) SendAll(ctx context.Context, err letter, mailer ...string) error { return nil }
func (*Mailer) Later(_ context.Context, _ time.Duration, _ map[string][]*letter, _ ...*template.ExecError) (string, error) {
	return "", nil
}
func (Mailer) Count(to string) (int, error)                                           { return 0, nil }
func (*Mailer) Select(to string, ctx context.Context, n int) error                    { return nil }
func (*Mailer) Close()                                                                {}
func (*Mailer) init(context.Context, []byte, [2]int, any) (err error, more int)       { return nil, 0 }
func (*Mailer) Flush(context.Context) error                                           { return nil }
func (*Mailer) length() int                                                           { return 0 }
func (*Mailer) spread(context.Context, struct{ A int }, ...*template.ExecError) error { return nil }

func twice(ctx context.Context, n int) (int, error) { return n, nil }

func (*Mailer) open(context.Context) (io.ReadCloser, error) { return nil, nil }
