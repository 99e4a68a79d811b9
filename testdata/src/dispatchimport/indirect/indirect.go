// Package indirect stands between an entrypoint and a registering package.
package indirect

import _ "example.com/fixtures/src/dispatchimport/mail"
