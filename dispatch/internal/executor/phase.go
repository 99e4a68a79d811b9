package executor

import (
	"errors"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
)

// A phase is a part of an attempt. Its name is in the text of its errors.
type phase struct {
	doing        string // a format, with a verb for the result of named
	reason       entrypoint.Reason
	otherVersion bool                  // another version of the callee might execute the call
	named        func(*attempt) string // returns the ID or the function's name
}

var (
	handling  = &phase{"handle message %.64q", entrypoint.ReasonRefused, false, callID} // by a middleware
	reading   = &phase{"decode message %.64q", entrypoint.ReasonMalformed, true, callID}
	limiting  = &phase{"decode message %.64q", entrypoint.ReasonTooLarge, true, callID}
	expiring  = &phase{"start call %.64q", entrypoint.ReasonExpired, false, callID}
	lookingUp = &phase{"look up %q", entrypoint.ReasonUnknown, true, func(a *attempt) string { return a.name }}
	allowing  = &phase{"allow %s", entrypoint.ReasonRefused, true, functionName}
	starting  = &phase{"run OnStart before %s", entrypoint.ReasonStart, false, functionName}
	queueing  = &phase{"wait for other calls of %s", entrypoint.ReasonOverload, false, functionName}
	waiting   = &phase{"make room for the arguments of %s", entrypoint.ReasonOverload, false, functionName}
	measuring = &phase{"decode arguments of %s", entrypoint.ReasonTooLarge, true, functionName}
	decoding  = &phase{"decode arguments of %s", entrypoint.ReasonArguments, true, functionName}
	beginning = &phase{"execute %s", entrypoint.ReasonTimeout, false, functionName}
	executing = &phase{"execute %s", entrypoint.ReasonError, false, functionName}
)

func callID(a *attempt) string { return a.id }

func functionName(a *attempt) string { return a.function.Load().Name }

// describe returns the text for the phase of a, such as "decode arguments of a.F".
func (p *phase) describe(a *attempt) string { return fmt.Sprintf(p.doing, p.named(a)) }

// fail returns err as an error of the phase.
func (p *phase) fail(a *attempt, err error) error {
	return &phaseError{p, fmt.Errorf("%s: %w", p.describe(a), err)}
}

// A phaseError is an error of a phase, which its text names.
type phaseError struct {
	phase *phase
	err   error
}

func (e *phaseError) Error() string { return e.err.Error() }
func (e *phaseError) Unwrap() error { return e.err }

// phaseOf returns the phase in which err happened, or nil if err does not tell.
func phaseOf(err error) *phase {
	if e, ok := errors.AsType[*phaseError](err); ok {
		return e.phase
	}
	return nil
}
