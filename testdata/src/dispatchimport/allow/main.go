// Allow is an entrypoint that executes only some functions.
package main

import (
	"context"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"

	"example.com/fixtures/src/dispatchimport/images"
	"example.com/fixtures/src/dispatchimport/mail"
)

//dispatch:serves ./src/dispatchimport/images ./src/dispatchimport/mail

const full = "example.com/fixtures/src/dispatchimport/mail.send"

var names = []string{
	full,
	"images.Scale", // want `entrypoint.Allow has "images.Scale", which is no function's name: the calls that it stands for are refused \(use "example.com/fixtures/src/dispatchimport/images.scale"\)`
}

func allow(names ...string) entrypoint.Option { return entrypoint.Allow(names...) }

func main() {
	more := []string{"src/dispatchimport/mail.send"} // want `has "src/dispatchimport/mail.send", .* \(use "example.com/fixtures/src/dispatchimport/mail.send"\)`
	more = append(more, "newsletter.publish")        // want `has "newsletter.publish", .* \(use the result of the function's method Name\)`
	_ = pull.Run(context.Background(),
		entrypoint.Allow("images.scale"), // want `has "images.scale", .* \(use "example.com/fixtures/src/dispatchimport/images.scale"\)`
		entrypoint.Allow(mail.Send.Name(), images.Scale.Name(), full, os.Getenv("ALLOWED")),
		entrypoint.Allow(names...),
		allow("scale", full), // want `has "scale"`
		entrypoint.Allow(more...),
		entrypoint.Allow(),
	)
}
