package lambda

import "net/http"

// SetTransport makes h send its requests to SQS by t.
func (h *Handler) SetTransport(t http.RoundTripper) { h.visibility.client.Transport = t }
