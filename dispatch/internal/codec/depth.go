package codec

import "fmt"

// MaxDepth limits the nesting of JSON. It is the limit of jsontext and of protojson.
const MaxDepth = 10_000

// TooDeep is the error for JSON that is nested more deeply than MaxDepth.
var TooDeep = fmt.Sprintf("it is nested more than %d deep, or has a cycle (flatten it)", MaxDepth)
