package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// deliverCommand is the script command
//
//	deliver BIN TARGET STATUS NAME ARGS
//
// It starts a callee's program, posts a call of the function NAME with the JSON array
// ARGS as Eventarc does, and fails unless the answer has the given status.
func deliverCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 5 {
		ts.Fatalf("usage: deliver bin target status name args")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	addr := freeAddr(ts)
	_, port, err := net.SplitHostPort(addr)
	ts.Check(err)
	cmd := exec.CommandContext(ctx, ts.MkAbs(args[0]))
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "WORK=" + ts.Getenv("WORK"), "PORT=" + port}
	if args[1] != "-" {
		cmd.Env = append(cmd.Env, "FUNCTION_TARGET="+args[1])
	}
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		cancel()
		<-ended
		ts.Logf("%s", log.String())
	}()
	awaitAddr(ts, ctx, addr)
	status, body := post(ts, ctx, "http://"+addr+"/", args[3], args[4])
	if got := fmt.Sprint(status); got != args[2] {
		ts.Fatalf("status %s (%s), want %s", got, body, args[2])
	}
}

// freeAddr returns an address that was free a moment ago.
func freeAddr(ts *testscript.TestScript) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	defer l.Close()
	return l.Addr().String()
}

// awaitAddr waits until addr accepts connections.
func awaitAddr(ts *testscript.TestScript, ctx context.Context, addr string) {
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			ts.Fatalf("no connection to %s: %v", addr, err)
		}
	}
}

// post posts a call as the event that Eventarc makes of a Pub/Sub message.
func post(ts *testscript.TestScript, ctx context.Context, url, name, args string) (int, string) {
	body := fmt.Sprintf(`{"subscription":"projects/p/subscriptions/s","message":{"messageId":"1","publishTime":%q,"data":%q,
		"attributes":{"ce-specversion":"1.0","ce-type":"dev.cloudfunctions.dispatch.call.v1","ce-id":"an-id","ce-source":"a-test","ce-subject":%q}}}`,
		time.Now().Format(time.RFC3339), base64.StdEncoding.EncodeToString([]byte(args)), name)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	ts.Check(err)
	for k, v := range map[string]string{
		"Content-Type": "application/json", "Ce-Id": "1", "Ce-Specversion": "1.0",
		"Ce-Source": "//pubsub.googleapis.com/projects/p/topics/t", "Ce-Type": "google.cloud.pubsub.topic.v1.messagePublished",
	} {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	return resp.StatusCode, string(answer)
}
