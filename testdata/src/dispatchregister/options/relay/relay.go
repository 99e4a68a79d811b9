// Package relay uses package options, so that its importers get the options from its
// fact alone.
package relay

import "example.com/fixtures/src/dispatchregister/options"

// Defaults are the defaults of package options.
var Defaults = options.Defaults

// Slow is an option of package options.
func Slow() []any { return []any{options.Slow} }
