// Package oidc verifies the OpenID Connect tokens with which Pub/Sub, Eventarc and
// Cloud Tasks push: who does so, and to whom.
//
//	auth, err := oidc.Google("https://callee-x.a.run.app", "pusher@my-project.iam.gserviceaccount.com")
//	…
//	err = push.Run(ctx, auth)
//
// It is for a callee that the platform lets everybody invoke, and for any machine
// of one's own. Where Cloud Run or Cloud Functions asks IAM who may invoke it, the
// platform has verified the token already and does not pass its signature on:
// leave this package out there.
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

// Google returns an option that lets in what comes with a token of Google's, for
// the audience, which is that of the subscription (by default the URL that it
// pushes to), and of a service account with one of the emails. It keeps Google's
// keys, and asks for new ones when a token has another, at most every 10 seconds.
func Google(audience string, emails ...string) (entrypoint.Option, error) {
	return Issuer("https://accounts.google.com", "https://www.googleapis.com/oauth2/v3/certs", audience, emails...)
}

// Issuer is [Google] for another issuer, whose keys are at a URL as a JSON Web Key
// Set.
func Issuer(issuer, keys, audience string, emails ...string) (entrypoint.Option, error) {
	switch {
	case issuer == "" || keys == "":
		return nil, errors.New("oidc: the issuer or the URL of its keys is empty (its discovery document has both)")
	case audience == "":
		return nil, errors.New("oidc: the audience is empty (name that of the push subscription)")
	case len(emails) == 0 || slices.Contains(emails, ""):
		return nil, errors.New("oidc: there is no email, or an empty one (name the service account that pushes: anybody can have a token for an audience)")
	}
	ctx := oidc.ClientContext(context.Background(), &http.Client{Transport: new(fetcher)})
	verifier := oidc.NewVerifier(issuer, oidc.NewRemoteKeySet(ctx, keys), &oidc.Config{ClientID: audience})
	return entrypoint.Authenticate(func(ctx context.Context, authorization string) error {
		return admit(ctx, verifier, authorization, emails)
	}), nil
}

func admit(ctx context.Context, v *oidc.IDTokenVerifier, authorization string, emails []string) error {
	scheme, raw, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || raw == "" {
		return errors.New("there is no bearer token (have the subscription push with one: gcloud pubsub subscriptions update --push-auth-service-account)")
	}
	token, err := v.Verify(ctx, raw)
	if err != nil {
		return fmt.Errorf("the token is not good: %w", err)
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := token.Claims(&claims); err != nil {
		return errors.New("the token has claims of another form")
	}
	if !claims.Verified || !slices.Contains(emails, claims.Email) {
		return fmt.Errorf("the token is of %.64q, verified: %t, who may not push here (give the address to package oidc)", claims.Email, claims.Verified)
	}
	return nil
}
