package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	"github.com/cloud-functions-dispatch/go/dispatch/dispatchtest"

	"github.com/cloud-functions-dispatch/go/examples/signup/jobs"
)

// What docs/services.md says of the context in a handler.
func TestFrameworks(t *testing.T) {
	t.Parallel()
	call := func(ctx context.Context) error { return jobs.Welcome.Call(ctx, 17) }
	useGin := func(fallback bool, context func(*gin.Context) context.Context) http.Handler {
		e := gin.New()
		e.ContextWithFallback = fallback
		e.POST("/", func(c *gin.Context) {
			if err := call(context(c)); err != nil {
				c.String(http.StatusInternalServerError, err.Error())
			}
		})
		return e
	}
	ofRequest := func(c *gin.Context) context.Context { return c.Request.Context() }
	itself := func(c *gin.Context) context.Context { return c }
	e := echo.New()
	e.POST("/", func(c echo.Context) error { return call(c.Request().Context()) })
	for _, tt := range []struct {
		name    string
		handler http.Handler
		reached bool
	}{
		{"gin, c.Request.Context()", useGin(false, ofRequest), true},
		{"gin, c", useGin(false, itself), false},
		{"gin, c with fallback", useGin(true, itself), true},
		{"echo, c.Request().Context()", e, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := dispatchtest.New(t)
			w := httptest.NewRecorder()
			tt.handler.ServeHTTP(w, httptest.NewRequestWithContext(q.Context(), http.MethodPost, "/", nil))
			if reached := dispatchtest.Count(q, jobs.Welcome) == 1; reached != tt.reached {
				t.Errorf("the call reached the queue: %v, want %v; answered %d %s", reached, tt.reached, w.Code, w.Body)
			}
			if !tt.reached && !strings.Contains(w.Body.String(), "DISPATCH_URL: it is not set") {
				t.Errorf("answered %q, want the error that there is no client", w.Body)
			}

			q = dispatchtest.New(t) // over the network, each connection has the queue
			s := httptest.NewUnstartedServer(tt.handler)
			s.Config.BaseContext = func(net.Listener) context.Context { return q.Context() }
			s.Start()
			defer s.Close()
			resp, err := http.Post(s.URL, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if reached := dispatchtest.Count(q, jobs.Welcome) == 1; reached != tt.reached {
				t.Errorf("the call of a server reached the queue: %v, want %v", reached, tt.reached)
			}
		})
	}
}
