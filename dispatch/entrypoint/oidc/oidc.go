// Package oidc verifies the OpenID Connect tokens that Pub/Sub, Eventarc and Cloud Tasks
// send with each push: the issuer, the account of the sender and the audience.
//
//	auth, err := oidc.Google("https://callee-x.a.run.app", "pusher@my-project.iam.gserviceaccount.com")
//	…
//	err = push.Run(ctx, auth)
//
// Use it for a callee that anyone may invoke, and on your own machines. Do not use it if
// Cloud Run or Cloud Functions requires authentication: the platform then verifies the
// token with IAM, and removes its signature before the callee sees it.
package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
)

// Google returns an option that accepts a request only if it has a token that Google
// issued, for the audience, and for a service account with one of the emails. The audience
// is configured in the push subscription; its default is the URL of the push endpoint. The
// option caches Google's keys. If a token has an unknown key, it fetches them again, at
// most every 10 seconds. Google returns an error if the audience or an email is empty, or
// if there is no email.
func Google(audience string, emails ...string) (entrypoint.Option, error) {
	return Issuer("https://accounts.google.com", "https://www.googleapis.com/oauth2/v3/certs", audience, emails...)
}

// Issuer is like [Google], for another issuer. keys is the URL of its JSON Web Key Set.
func Issuer(issuer, keys, audience string, emails ...string) (entrypoint.Option, error) {
	switch {
	case issuer == "" || keys == "":
		return nil, errors.New("oidc: the issuer or the URL of its keys is empty (both are in its discovery document)")
	case audience == "":
		return nil, errors.New("oidc: the audience is empty (use the audience of the push subscription)")
	case len(emails) == 0 || slices.Contains(emails, ""):
		return nil, errors.New("oidc: there is no email, or an empty email (add the service account that pushes: anyone can get a token for the audience)")
	}
	ctx := oidc.ClientContext(context.Background(), &http.Client{Transport: new(fetcher)})
	verifier := oidc.NewVerifier(issuer, oidc.NewRemoteKeySet(ctx, keys), &oidc.Config{ClientID: audience})
	return entrypoint.Authenticate(func(ctx context.Context, authorization string) error {
		return admit(ctx, verifier, authorization, emails)
	}), nil
}

// admit returns an error unless authorization is a bearer token that v accepts, for one of
// the emails.
func admit(ctx context.Context, v *oidc.IDTokenVerifier, authorization string, emails []string) error {
	scheme, raw, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || raw == "" {
		return errors.New("there is no bearer token (configure the subscription to send one: gcloud pubsub subscriptions update --push-auth-service-account)")
	}
	token, err := v.Verify(ctx, raw)
	if err != nil {
		return fmt.Errorf("the token is not valid: %w", err)
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := token.Claims(&claims); err != nil {
		return errors.New("the token's claim email or email_verified has an unexpected type")
	}
	if !claims.Verified || !slices.Contains(emails, claims.Email) {
		return fmt.Errorf("the token belongs to %.64q (email verified: %t), which may not push here (pass the email to oidc.Google or oidc.Issuer)", claims.Email, claims.Verified)
	}
	return nil
}
