// Through is an entrypoint because it calls a function of package platform.
package main

import (
	"net/http"

	"example.com/fixtures/src/dispatchimport/platform"
)

//dispatch:serves ./src/dispatchimport/images

func main() {
	http.Handle("/", platform.Serve()) // want `main does not import example.com/fixtures/src/dispatchimport/images: calls of images.scale fail there`
}
