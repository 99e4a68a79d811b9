package items

import (
	"context"
	"strconv"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/methods/stringer/internal/api"
)

var Fetch = dispatch.Register(fetch)

func fetch(ctx context.Context, id int) error { return api.Default.Get("/items/" + strconv.Itoa(id)) }
