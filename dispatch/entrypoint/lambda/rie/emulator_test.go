//go:build linux

package rie

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// A function is a program under the emulator.
type function struct {
	t       *testing.T
	url     string // to which an invocation is posted
	program string // the path of bootstrap

	mu     sync.Mutex
	output bytes.Buffer
}

// start builds the emulator and the program, and starts both.
func start(t *testing.T, env ...string) *function {
	t.Helper()
	dir := t.TempDir()
	f := &function{t: t, program: filepath.Join(dir, "bootstrap")}
	emulator := filepath.Join(dir, "rie")
	for _, args := range [][]string{
		{"-o", emulator, "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie"},
		{"-tags", "lambda.norpc", "-trimpath", "-o", f.program, "./bootstrap"},
	} {
		build := exec.Command("go", append([]string{"build"}, args...)...)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build %v: %v\n%s", args, err, out)
		}
	}
	at, api := freeAddr(t), freeAddr(t)
	f.url = "http://" + at + "/2015-03-31/functions/function/invocations"
	cmd := exec.Command(emulator, "--runtime-interface-emulator-address", at, "--runtime-api-address", api, f.program)
	cmd.Env = append(os.Environ(), append(env, "AWS_LAMBDA_FUNCTION_TIMEOUT=20", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_REGION=us-east-1")...)
	cmd.Stdout, cmd.Stderr = f, f
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		f.kill()
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			text := f.output.String()
			t.Logf("the last output of the function:\n%s", text[max(0, len(text)-6000):])
		}
	})
	return f
}

// Write records the output of the emulator and the program.
func (f *function) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.output.Write(p)
}

// freeAddr returns an address of this machine with a free port.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // it accepted no connection
	return l.Addr().String()
}

// pids returns the processes of the program.
func (f *function) pids() []int {
	var all []int
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		if exe, err := os.Readlink(link); err == nil && strings.TrimSuffix(exe, " (deleted)") == f.program {
			if pid, err := strconv.Atoi(strings.Split(link, "/")[2]); err == nil {
				all = append(all, pid)
			}
		}
	}
	return all
}

// kill kills the program, as a platform that has lost a machine.
func (f *function) kill() {
	for _, pid := range f.pids() {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
	}
}

// peak returns the most memory that the program has used, in MiB.
func (f *function) peak() int {
	f.t.Helper()
	for _, pid := range f.pids() {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				kib, err := strconv.Atoi(strings.Fields(rest)[0])
				if err != nil {
					f.t.Fatal(err)
				}
				return kib >> 10
			}
		}
	}
	f.t.Fatal("the program does not run")
	return 0
}

// invoke passes messages of a queue to the function. It returns the IDs of those that
// failed: all of them if the invocation has failed.
func (f *function) invoke(ctx context.Context, arn string, messages []types.Message) (failed map[string]bool) {
	failed = make(map[string]bool)
	var records []any
	for _, m := range messages {
		attributes := make(map[string]any)
		for name, a := range m.MessageAttributes {
			attributes[name] = map[string]any{"stringValue": a.StringValue, "dataType": a.DataType}
		}
		records = append(records, map[string]any{
			"messageId": m.MessageId, "receiptHandle": m.ReceiptHandle, "body": m.Body, "attributes": m.Attributes,
			"messageAttributes": attributes, "eventSource": "aws:sqs", "eventSourceARN": arn, "awsRegion": "us-east-1",
		})
		failed[*m.MessageId] = true
	}
	payload, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		f.t.Error(err)
		return failed
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, bytes.NewReader(payload))
	if err != nil {
		f.t.Error(err)
		return failed
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return failed // the emulator is starting
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	var answer struct {
		BatchItemFailures []struct{ ItemIdentifier string }
		ErrorType         string
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(body, &answer) != nil || answer.ErrorType != "" || answer.BatchItemFailures == nil {
		return failed // for the mapping the whole batch has failed
	}
	clear(failed)
	for _, i := range answer.BatchItemFailures {
		failed[i.ItemIdentifier] = true
	}
	return failed
}

// A mapping passes the messages of a queue to a function, as an event source mapping with
// ReportBatchItemFailures does.
type mapping struct {
	client *sqs.Client
	queue  string // its URL
	arn    string
	f      *function

	// If loses is not nil and returns true, the answer of an invocation is lost.
	loses func() bool

	invocations int
	deleted     int
}

// visibility is how long a message stays invisible after an invocation that was killed.
const visibility = 3 * time.Second

// run delivers messages until done returns true for an invocation, or ctx is done.
func (m *mapping) run(ctx context.Context, done func() bool) error {
	for ctx.Err() == nil && !done() {
		out, err := m.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &m.queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: int32(visibility / time.Second),
			MessageAttributeNames: []string{"All"}, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
		})
		if err != nil {
			return err
		}
		if len(out.Messages) == 0 {
			continue
		}
		m.invocations++
		failed := m.f.invoke(ctx, m.arn, out.Messages)
		if m.loses != nil && m.loses() {
			continue
		}
		var ended []types.DeleteMessageBatchRequestEntry
		for _, message := range out.Messages {
			if !failed[*message.MessageId] {
				ended = append(ended, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(len(ended))), ReceiptHandle: message.ReceiptHandle})
			}
		}
		if m.deleted += len(ended); len(ended) == 0 {
			continue
		}
		if _, err := m.client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &m.queue, Entries: ended}); err != nil {
			return err
		}
	}
	return ctx.Err()
}
