// Command show prints the name of each of its functions, or the reason why it has
// none.
package main

import (
	"context"
	"fmt"
	"reflect"
	"runtime"

	app "example.com/app.v3"
	other "example.com/app.v3/folder"
	"example.com/app.v3/forms"
	"example.com/app.v3/plain"
	"example.com/app.v3/refused"
	appv2 "example.com/app.v3/v2"
	x "example.com/app.v3/x.v3"

	"example.com/lib/funcname"
)

func F(context.Context) error { return nil }

func main() {
	show := func(what string, f any) {
		symbol := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
		name, err := funcname.FromSymbol(symbol)
		fmt.Printf("%s\t%s\t%v\t%s\n", what, name, err, symbol)
	}
	show("in main", F)
	show("plain", plain.F)
	show("dotted module", app.F)
	show("dotted package", x.F)
	show("major version", appv2.F)
	show("other folder", other.F)
	show("inlined", forms.Tiny)
	show("not inlined", forms.Whole)
	show("unexported", forms.Unexported)
	show("not ASCII", forms.Größe)
	show("underscore", forms.X_1)
	for what, f := range refused.All() {
		show(what, f)
	}
}
