package entrypoint

// The steps of an attempt.
const (
	handling = iota
	reading
	limiting
	expiring
	lookingUp
	allowing
	starting
	queueing
	waiting
	decoding
	measuring
	beginning
	executing
	stopping
)

// steps says of each step what is being done, why a delivery fails there, and
// whether it might not in a callee of other code.
var steps = [...]struct {
	doing   string
	reason  Reason
	foreign bool
}{
	handling:  {"handle message %.64q", ReasonRefused, false}, // by a middleware
	reading:   {"decode message %.64q", ReasonMalformed, true},
	limiting:  {"decode message %.64q", ReasonTooLarge, true},
	expiring:  {"begin call %.64q", ReasonExpired, false},
	lookingUp: {"look up %q", ReasonUnknown, true},
	allowing:  {"allow %s", ReasonRefused, true},
	starting:  {"start before %s", ReasonStart, false},
	queueing:  {"wait for other calls of %s", ReasonOverload, false},
	waiting:   {"make room for the arguments of %s", ReasonOverload, false},
	measuring: {"decode arguments of %s", ReasonTooLarge, true},
	decoding:  {"decode arguments of %s", ReasonArguments, true},
	beginning: {"execute %s", ReasonTimeout, false},
	executing: {"execute %s", ReasonError, false},
	stopping:  {"stop %s", ReasonStopped, false},
}
