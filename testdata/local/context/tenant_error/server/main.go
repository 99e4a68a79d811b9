package main

import (
	"log"
	"net/http"
	"os"

	"example.com/local/context/tenant_error/imports"
	"example.com/local/context/tenant_error/tenant"
)

func withTenant(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h(w, r.WithContext(tenant.With(r.Context(), r.Header.Get("X-Tenant"))))
	}
}

func main() {
	http.HandleFunc("POST /import", withTenant(func(w http.ResponseWriter, r *http.Request) {
		if err := imports.Import.Call(r.Context(), r.FormValue("file")); err != nil {
			http.Error(w, err.Error(), 500)
		}
	}))
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
