package dispatchargs_test

import (
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
)

func TestIsSecret(t *testing.T) {
	t.Parallel()
	const secret = "password Password DBPassword dbPasswd passphrase NewPassword Password2 passwordPlain adminPwd api_key APIKey ApiKey apikey apiKeys X-API-Key " +
		"Token AccessToken access_token refreshToken idToken IDToken PasswordResetToken TokenString BearerToken SessionToken csrfToken OAuth2Token GitHubToken accessTokens " +
		"ClientSecret SecretAccessKey AWSSecretAccessKey PrivateKey PrivateKeyPEM signingKey hmac-key Secrets credentials JWT webhookSecret"
	const harmless = "PasswordResetURL TokenCount MaxTokens Tokens max_tokens PromptTokens TokenID TokenType TokenExpiry SecretName SecretRef PasswordHash HasPasswordHint " +
		"PageToken NextPageToken nextToken continuationToken SyncToken StopToken ClientToken DeviceToken PublicKey Key Keys IdempotencyKey PrimaryKey SortKey AccessKeyID APIKeyID " +
		"Keyboard Tokenizer Secretary Compass passage Monkey ApiKeyName CredentialsFile  URL _ x1"
	for _, tt := range []struct {
		names string
		want  bool
	}{{secret, true}, {harmless, false}} {
		for name := range strings.FieldsSeq(tt.names) {
			if got := dispatchargs.IsSecret(name); got != tt.want {
				t.Errorf("IsSecret(%q) = %v, want %v", name, got, tt.want)
			}
		}
	}
}
