package dispatchargs

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// isSecret reports whether something of this name holds a secret. The last word decides:
// a PasswordResetURL is a URL.
func isSecret(name string) bool {
	words := wordsOf(name)
	for len(words) > 1 && slices.Contains(neutral, words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return false
	}
	last, before := words[len(words)-1], ""
	if len(words) > 1 {
		before = words[len(words)-2]
	}
	switch last {
	case "token":
		return !slices.Contains(positions, before)
	case "tokens":
		return slices.Contains(credentials, before)
	case "key", "keys":
		return slices.Contains(keys, before)
	}
	return slices.Contains(secretWords, last)
}

var (
	secretWords = []string{
		"password", "passwords", "passwd", "passphrase", "passcode", "pwd", "secret", "secrets", "credential", "credentials", "creds", "jwt",
		"apikey", "apikeys", "apitoken", "authtoken", "accesstoken", "refreshtoken", "bearertoken", "secretkey", "privatekey", "accesskey", "clientsecret",
	}

	// neutral words may follow the word that decides.
	neutral = []string{"value", "string", "plain", "plaintext", "raw", "base64", "b64", "pem", "1", "2"}

	// positions are tokens that say where to continue, what to parse or whom to address.
	positions = []string{
		"page", "next", "prev", "previous", "continuation", "continue", "sync", "cursor", "start", "stop", "end", "resume", "watch", "change",
		"idempotency", "dedup", "deduplication", "client", "request", "cancel", "cancellation", "device", "push", "registration", "fcm", "apns",
		"lex", "lexer", "parse", "parser", "first", "last", "current", "special", "mask", "pad", "eos", "bos", "unk", "sep", "max", "min",
	}

	// credentials make tokens secrets, which are otherwise parts of a text.
	credentials = []string{"access", "refresh", "auth", "api", "bearer", "session", "id", "reset", "oauth", "login"}

	keys = []string{"api", "private", "secret", "signing", "encryption", "decryption", "master", "access", "auth", "hmac", "ssh"}
)

// wordsOf splits a name in Go or JSON into lower-case words: access, key and id for
// AccessKeyID or access_key_id.
func wordsOf(name string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
		}
		word = nil
	}
	runes := []rune(name)
	for i, r := range runes {
		letter := unicode.IsLetter(r)
		switch {
		case !letter && !unicode.IsDigit(r):
			flush()
			continue
		case i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush()
		case i > 0 && letter != unicode.IsLetter(runes[i-1]):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return words
}

// jsonName returns the name in a json tag, or "".
func jsonName(tag reflect.StructTag) string {
	name, _, _ := strings.Cut(tag.Get("json"), ",")
	return name
}

// isTagged reports whether a tag says that the field is a secret, as those of loggers and
// of Kubernetes do.
func isTagged(tag reflect.StructTag) bool {
	for _, key := range []string{"secret", "sensitive", "redact", "mask", "masq", "datapolicy"} {
		switch tag.Get(key) {
		case "", "-", "false", "no", "none", "0":
		default:
			return true
		}
	}
	return false
}
