package entrypoint

import "time"

// An Outcome is what became of one delivery.
type Outcome string

const (
	Executed  Outcome = "executed"  // acknowledge it
	Retry     Outcome = "retry"     // a failed delivery: another one may help
	Permanent Outcome = "permanent" // a failed delivery: no other one will help
	Parked    Outcome = "parked"    // acknowledge it: the sink has it
)

// A Reason is the kind of cause that a delivery failed for. There are few, so
// that failures can be counted by it.
type Reason string

const (
	ReasonMalformed       Reason = "malformed" // it is no message, or no call
	ReasonTooLarge        Reason = "too large" // a limit of the entrypoint's
	ReasonExpired         Reason = "expired"   // its caller said until when
	ReasonUnknown         Reason = "unknown"   // no function has the name
	ReasonArguments       Reason = "arguments" // they do not decode
	ReasonRefused         Reason = "refused"   // by a middleware, or not allowed
	ReasonUnauthenticated Reason = "unauthenticated"
	ReasonStart           Reason = "start" // OnStart failed
	ReasonError           Reason = "error" // of the function
	ReasonPanic           Reason = "panic"
	ReasonTimeout         Reason = "timeout"
	ReasonOverload        Reason = "overload" // it waited too long for others
	ReasonStopped         Reason = "stopped"  // the callee shuts down
)

// A Result tells of one delivery. Its error never holds an argument, unless
// the function put it into its own error.
type Result struct {
	Outcome   Outcome
	Err       error     // nil if and only if Outcome is Executed
	Reason    Reason    // empty if Outcome is Executed
	ID        string    // of the call; empty if the message has none, and cut at 1,024 bytes
	Name      string    // of the function, as the message has it; cut as well
	Function  string    // that was found: the name it is registered under; empty if none was
	Attempt   int       // 0 where the platform does not say
	Published time.Time // zero where the platform does not say
	Duration  time.Duration
}
