package sqs

import (
	"encoding/pem"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/sqsserver"
)

// The credentials and the region are the shell's, and only with TLS.
func TestOpen(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "shell")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "shell")
	t.Setenv("AWS_REGION", "eu-north-1")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for _, c := range []struct{ url, queue, region, key string }{
		{"sqs://sqs.eu-central-1.amazonaws.com/123456789012/calls", "https://sqs.eu-central-1.amazonaws.com/123456789012/calls", "eu-central-1", "shell"},
		{"sqs://sqs.cn-north-1.amazonaws.com.cn/123456789012/calls.fifo", "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/calls.fifo", "cn-north-1", "shell"},
		{"sqs://vpce-1-2.sqs.us-west-2.vpce.amazonaws.com/123456789012/c", "https://vpce-1-2.sqs.us-west-2.vpce.amazonaws.com/123456789012/c", "us-west-2", "shell"},
		{"sqs://queues.example.com/123456789012/c", "https://queues.example.com/123456789012/c", "eu-north-1", "shell"},
		{"sqs://127.0.0.1:4566/000000000000/c?insecure", "http://127.0.0.1:4566/000000000000/c", "us-east-1", "insecure"},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		client, queue, release, err := connect(t.Context(), u)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		release()
		o := client.Options()
		credentials, err := o.Credentials.Retrieve(t.Context())
		if queue != c.queue || o.Region != c.region || credentials.AccessKeyID != c.key || !strings.HasPrefix(queue, *o.BaseEndpoint) {
			t.Errorf("%s: queue %s, region %s, key %s at %s, %v; want %s, %s, %s", c.url, queue, o.Region, credentials.AccessKeyID, *o.BaseEndpoint, err, c.queue, c.region, c.key)
		}
	}
}

// The certificates in AWS_CA_BUNDLE are trusted, as by other clients of the SDK.
func TestOpen_certificates(t *testing.T) {
	l := httptest.NewTLSServer(&sqsserver.Server{OnDemand: true})
	t.Cleanup(l.Close)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: l.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	t.Setenv("AWS_ACCESS_KEY_ID", "shell")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "shell")
	t.Setenv("AWS_REGION", "eu-north-1")
	tr, err := transport.Open(t.Context(), "sqs://"+l.Listener.Addr().String()+"/000000000000/calls")
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Publish(within(t), message("1")); err != nil {
		t.Error(err)
	}
	if err := tr.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpen_malformed(t *testing.T) {
	t.Parallel()
	for _, rawURL := range []string{
		"sqs:", "sqs://", "sqs:///123456789012/q", "sqs://h", "sqs://h/q", "sqs://h/1/q", "sqs://h/123456789012", "sqs://h/123456789012/",
		"sqs://h/123456789012/q/r", "sqs://h/123456789012/q.FIFO", "sqs://h/123456789012/q%2Fr", "sqs://h/123456789012/q#f", "sqs://user:hidden@h/123456789012/q",
		"sqs://h/123456789012/" + strings.Repeat("q", 81),
		"sqs://h/123456789012/" + strings.Repeat("q", 76) + ".fifo",
	} {
		_, err := transport.Open(t.Context(), rawURL)
		_, serr := transport.OpenSubscription(t.Context(), rawURL)
		for _, err := range []error{err, serr} {
			if err == nil || !strings.HasSuffix(err.Error(), "?insecure for an emulator)") || strings.Contains(err.Error(), "hidden") {
				t.Errorf("Open(%q) = %v, want an error with the remedy and no password", rawURL, err)
			}
		}
	}
}

// Mistakes that the first request shows, and a parameter that does not exist, have a remedy.
func TestOpen_remedies(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("AWS_PROFILE", "")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	_, err := transport.Open(t.Context(), "sqs://h/123456789012/q?insecure=true&region=x")
	if err == nil || !strings.HasSuffix(err.Error(), "the query has an unknown parameter (the only one is ?insecure, for an emulator)") {
		t.Errorf("Open = %v, want an error that names the parameter", err)
	}
	publish := func(rawURL, want string) {
		t.Helper()
		tr, err := transport.Open(t.Context(), rawURL)
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.Publish(within(t), message("1")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Publish = %v, want %q", err, want)
		}
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	}
	publish("sqs://sqs.us-east-1.amazonaws.com/123456789012/q", noCredentials)
	l := httptest.NewServer(&sqsserver.Server{OnDemand: true})
	t.Cleanup(l.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "shell")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "shell")
	t.Setenv("AWS_REGION", "eu-north-1")
	publish("sqs://"+l.Listener.Addr().String()+"/000000000000/q", noTLS)
}
