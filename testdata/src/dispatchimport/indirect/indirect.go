// Package indirect imports a registering package for an entrypoint.
package indirect

import _ "example.com/fixtures/src/dispatchimport/mail"
