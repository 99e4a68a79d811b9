package cloudevent_test

import (
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
)

// Call it in init: the functions framework starts the server. Deploy the function with
// --entry-point=Callee.
func ExampleRegister() {
	cloudevent.Register("Callee", entrypoint.Timeout(5*time.Minute))
}
