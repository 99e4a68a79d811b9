package b // want package:`registers\(a.f calls\)`

import _ "example.com/fixtures/src/registration/facts/a"
