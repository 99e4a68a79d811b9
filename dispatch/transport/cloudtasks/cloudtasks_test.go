package cloudtasks_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	tasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/cloudtasks"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/transporttest"
)

func TestMain(m *testing.M) { pubsubtest.VerifyTestMain(m) }

const queue = "projects/p/locations/l/queues/q"

// A server implements the gRPC service. It keeps each task, and delivers it by HTTP
// when it is due, until the response has a 2xx status.
type server struct {
	cloudtaskspb.UnimplementedCloudTasksServer
	fail func(*cloudtaskspb.CreateTaskRequest) error // may be nil

	mu      sync.Mutex
	tasks   []*cloudtaskspb.CreateTaskRequest
	ctx     context.Context // of the deliveries
	deliver sync.WaitGroup
}

// newClient returns a real client that is connected to s.
func newClient(t *testing.T, s *server) *tasks.Client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var stop context.CancelFunc
	s.ctx, stop = context.WithCancel(context.Background())
	gs := grpc.NewServer()
	cloudtaskspb.RegisterCloudTasksServer(gs, s)
	go func() { _ = gs.Serve(l) }() // until it is stopped
	client, err := tasks.NewClient(t.Context(), option.WithEndpoint(l.Addr().String()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		s.deliver.Wait()
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		gs.Stop()
		http.DefaultClient.CloseIdleConnections()
	})
	return client
}

func (s *server) CreateTask(_ context.Context, r *cloudtaskspb.CreateTaskRequest) (*cloudtaskspb.Task, error) {
	if s.fail != nil {
		if err := s.fail(r); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tasks = append(s.tasks, r)
	s.deliver.Go(func() { s.run(r) })
	return r.Task, nil
}

// run delivers the task.
func (s *server) run(r *cloudtaskspb.CreateTaskRequest) {
	h := r.Task.GetHttpRequest()
	wait := time.Duration(0)
	if due := r.Task.ScheduleTime; due != nil {
		wait = time.Until(due.AsTime())
	}
	for n := 0; ; n++ {
		select {
		case <-time.After(wait):
		case <-s.ctx.Done():
			return
		}
		wait = 10 * time.Millisecond
		req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, h.Url, strings.NewReader(string(h.Body)))
		if err != nil {
			panic(err) // the transport's URL is valid
		}
		for name, value := range h.Headers {
			req.Header.Set(name, value)
		}
		req.Header.Set("X-CloudTasks-TaskRetryCount", fmt.Sprint(n))
		req.Header.Set("X-Test-Queue", r.Parent)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode/100 == 2 {
			return
		}
	}
}

// TestConformance reads the deliveries from the requests as the CloudEvents HTTP
// binding defines.
func TestConformance(t *testing.T) {
	transporttest.Run(t, transporttest.Harness{
		New: func(t *testing.T, h transport.Handler) transport.Transport {
			callee := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { receive(w, r, h) }))
			t.Cleanup(callee.Close)
			tr := cloudtasks.New(newClient(t, new(server)), queue, cloudtasks.Target{URL: callee.URL})
			t.Cleanup(func() {
				if err := tr.Close(); err != nil {
					t.Errorf("Close() = %v, want nil", err)
				}
			})
			return tr
		},
		MaxDelay:        30 * 24 * time.Hour,
		Unordered:       true,
		OtherAttributes: -1,
	})
}

func receive(w http.ResponseWriter, r *http.Request, h transport.Handler) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	d := &transport.Delivery{Message: transport.Message{Data: body}}
	for name, values := range r.Header {
		if name := strings.ToLower(name); strings.HasPrefix(name, "ce-") {
			if d.Attributes == nil {
				d.Attributes = make(map[string]string)
			}
			d.Attributes[name], _ = url.PathUnescape(values[0])
		}
	}
	n, _ := strconv.Atoi(r.Header.Get("X-CloudTasks-TaskRetryCount"))
	d.Attempt = n + 1
	if err := h(r.Context(), d); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

var (
	F    = dispatch.Register(f)
	seen = make(chan dispatch.Info, 10)
)

func f(ctx context.Context, s string) error {
	info, _ := dispatch.FromContext(ctx)
	seen <- info
	if info.Attempt == 1 && s == "again" {
		return fmt.Errorf("not yet")
	}
	return nil
}

// A call passes through the queue to the real entrypoint when it is due. Its Info has
// the time when the call was made and the number of the attempt. The task has the
// fields that the platform needs.
func TestCall(t *testing.T) {
	callee := httptest.NewServer(push.NewHandler())
	defer callee.Close()
	s := new(server)
	tr := cloudtasks.New(newClient(t, s), queue, cloudtasks.Target{URL: callee.URL, Account: "a@p.iam.gserviceaccount.com", Audience: "https://callee"})
	c := dispatch.New(tr)
	made := time.Now()
	if err := F.With(dispatch.Delay(100*time.Millisecond), dispatch.ID("an ID é"), dispatch.Queue("slow")).Call(dispatch.WithClient(t.Context(), c), "again"); err != nil {
		t.Fatal(err)
	}
	for attempt := 1; attempt <= 2; attempt++ {
		info := <-seen
		if info.ID != "an ID é" || info.Attempt != attempt || info.Time.Before(made.Add(-time.Second)) || info.Time.After(time.Now()) {
			t.Errorf("attempt %d: got %+v, made at %v", attempt, info, made)
		}
	}
	if took := time.Since(made); took < 100*time.Millisecond {
		t.Errorf("it was executed after %v, want 100ms at least", took)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	task := s.tasks[0]
	token := task.Task.GetHttpRequest().GetOidcToken()
	if task.Parent != queue+"-slow" || token.GetServiceAccountEmail() != "a@p.iam.gserviceaccount.com" || token.GetAudience() != "https://callee" || task.Task.DispatchDeadline.AsDuration() != 10*time.Minute {
		t.Errorf("the task is %v", task)
	}
}

func TestErrors(t *testing.T) {
	failures := 0
	for code, want := range map[codes.Code]string{
		codes.NotFound:         "create a task in " + queue + ": the queue does not exist (create it with gcloud tasks queues create, or correct DISPATCH_URL): ",
		codes.PermissionDenied: "create a task in " + queue + ": permission denied (grant roles/cloudtasks.enqueuer on the queue, and roles/iam.serviceAccountUser on the account): ",
		codes.Unavailable:      "", // fails once
	} {
		s := &server{fail: func(*cloudtaskspb.CreateTaskRequest) error {
			if failures++; code == codes.Unavailable && failures > 1 {
				return nil
			}
			return status.Error(code, "as asked")
		}}
		callee := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer callee.Close()
		tr := cloudtasks.New(newClient(t, s), queue, cloudtasks.Target{URL: callee.URL})
		failures = 0
		err := tr.Publish(t.Context(), &transport.Message{Data: []byte("[]")})
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%v: Publish = %v, want %s", code, err, want)
		}
		if err := tr.Publish(t.Context(), &transport.Message{NotBefore: time.Now().Add(31 * 24 * time.Hour)}); err == nil || !strings.Contains(err.Error(), "30 days") {
			t.Errorf("Publish of a message that is due in 31 days = %v, want an error", err)
		}
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestURL(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere")
	const good = "cloudtasks://projects/p/locations/europe-west1/queues/q"
	for u, want := range map[string]string{
		good:                                  "the query has no valid url",
		good + "?url=callee":                  "the query has no valid url",
		good + "?url=ftp://callee":            "the query has no valid url",
		good + "?url=https://c&more=1":        "the query has an unknown or repeated parameter",
		good + "?url=https://c&url=https://d": "the query has an unknown or repeated parameter",
		"cloudtasks://projects/p/queues/q?url=https://c": "the URL names no queue",
		good + "?url=https://c&account=a@b":              "nowhere", // the URL is valid, but there are no credentials
	} {
		if _, err := transport.Open(t.Context(), u); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "a@b") {
			t.Errorf("Open(%s) = %v, want an error with %q", u, err, want)
		}
	}
}
