package events

// Event is what happened.
type Event struct{ Kind, ID string }

var queue = make(chan Event, 256)

// Emit emits an event.
func Emit(e Event) {
	queue <- e
}

// Consume calls fn for each event.
func Consume(fn func(Event)) {
	for e := range queue {
		fn(e)
	}
}
