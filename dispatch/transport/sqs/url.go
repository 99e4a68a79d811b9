package sqs

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

func init() {
	transport.Register("sqs", open)
	transport.RegisterSubscription("sqs", openSubscription)
}

var (
	queuePath = regexp.MustCompile(`^/[0-9]{12}/([a-zA-Z0-9_-]{1,80}|[a-zA-Z0-9_-]{1,75}\.fifo)$`)

	// regionOf finds the region in the host of a queue, which may be a VPC endpoint.
	regionOf = regexp.MustCompile(`(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws)$`)
)

const (
	// emulatorRegion is the region of requests to an emulator, which ignores it.
	emulatorRegion = "us-east-1"

	// maxIdle is how many connections stay open for further requests.
	maxIdle = 64
)

// connect returns a client for the queue of u, the queue's URL, and a function that
// releases the client.
func connect(ctx context.Context, u *url.URL) (client *sqs.Client, queue string, release func(), err error) {
	insecure := u.RawQuery == "insecure"
	if u.RawQuery != "" && !insecure {
		return nil, "", nil, errors.New("the query has an unknown parameter (the only one is ?insecure, for an emulator)")
	}
	if u.Host == "" || !queuePath.MatchString(u.Path) || u.User != nil || u.Fragment != "" {
		return nil, "", nil, errors.New("the URL names no queue (want sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE, or sqs://HOST:PORT/ACCOUNT/QUEUE?insecure for an emulator)")
	}
	base := "https://" + u.Host
	if insecure {
		base = "http://" + u.Host
	}
	settings, err := load(ctx, u.Hostname(), insecure)
	if err != nil {
		return nil, "", nil, err
	}
	b, ok := settings.HTTPClient.(*awshttp.BuildableClient) // it has the certificates of AWS_CA_BUNDLE
	if !ok {
		b = awshttp.NewBuildableClient()
	}
	conns := b.WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = maxIdle }).GetTransport()
	settings.HTTPClient = &http.Client{Transport: conns}
	client = sqs.NewFromConfig(*settings, func(o *sqs.Options) { o.BaseEndpoint = &base })
	return client, base + u.Path, conns.CloseIdleConnections, nil
}

// load returns the settings for requests to host.
func load(ctx context.Context, host string, insecure bool) (*aws.Config, error) {
	if insecure {
		return &aws.Config{Region: emulatorRegion, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "insecure", SecretAccessKey: "insecure"}, nil
		})}, nil
	}
	var opts []func(*config.LoadOptions) error
	if m := regionOf.FindStringSubmatch(host); m != nil {
		opts = append(opts, config.WithRegion(m[1]))
	}
	settings, err := config.LoadDefaultConfig(context.WithoutCancel(ctx), opts...)
	if err != nil {
		return nil, err
	}
	if settings.Region == "" {
		return nil, errors.New("the host of the URL names no region (want sqs.REGION.amazonaws.com, or set AWS_REGION)")
	}
	return &settings, nil
}

func open(ctx context.Context, u *url.URL) (transport.Transport, error) {
	client, queue, release, err := connect(ctx, u)
	if err != nil {
		return nil, err
	}
	t := New(client, queue)
	t.close = release
	return t, nil
}

func openSubscription(ctx context.Context, u *url.URL) (transport.Subscription, error) {
	client, queue, release, err := connect(ctx, u)
	if err != nil {
		return nil, err
	}
	s := NewSubscription(client, queue)
	s.close = release
	return s, nil
}
