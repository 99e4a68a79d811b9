package user // want package:`registers\(example.com/fixtures/src/registration/options.List:options example.com/fixtures/src/registration/options.Named:options example.com/fixtures/src/registration/options.Slow:options example.com/fixtures/src/registration/options/user.Mine:options\)`

import "example.com/fixtures/src/registration/options"

var Mine = options.Slow
