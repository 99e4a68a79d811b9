package options // want package:`registers\(example.com/fixtures/src/registration/options.List:options example.com/fixtures/src/registration/options.Named:options example.com/fixtures/src/registration/options.Slow:options\)`

import (
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Slow = dispatch.Timeout(time.Minute)

var List = []dispatch.RegisterOption{Slow, unexported}

var unexported = dispatch.Queue("q")

var Set = dispatch.Queue("q")

func init() { Set = dispatch.Queue("r") }

func Named(name string) dispatch.RegisterOption { return dispatch.Name(name) }
