package cloudevent_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/emulator"
)

// A callee is the program of testdata/callee, running.
type callee struct {
	url    string
	cmd    *exec.Cmd
	stdout *bufio.Reader
	client *http.Client
}

// start builds and starts the callee, and waits until it listens.
func start(t *testing.T, env ...string) *callee {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "callee")
	if out, err := exec.Command("go", "build", "-o", bin, "./testdata/callee").CombinedOutput(); err != nil {
		t.Fatalf("build the callee: %v\n%s", err, out)
	}
	addr := emulator.FreeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	c := &callee{url: "http://" + addr + "/", cmd: exec.Command(bin), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	c.cmd.Env = append(os.Environ(), "PORT="+port, "FUNCTION_TARGET=Target")
	c.cmd.Env = append(c.cmd.Env, env...)
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stdout = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill() // it may have ended
		_ = c.cmd.Wait()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return c
		}
		if ctx.Err() != nil {
			t.Fatalf("the callee does not listen: %v", err)
		}
	}
}

// message returns the data of Eventarc's event for a call.
func message(id, name string, args ...any) map[string]any {
	data, err := json.Marshal(append([]any{}, args...))
	if err != nil {
		panic(err) // strings only
	}
	return map[string]any{"subscription": "projects/p/subscriptions/s", "message": map[string]any{
		"messageId": "1", "publishTime": "2026-01-02T03:04:05.678Z", "data": data,
		"attributes": map[string]string{"ce-specversion": "1.0", "ce-type": "dev.cloudfunctions.dispatch.call.v1", "ce-id": id, "ce-source": "test", "ce-subject": name},
	}}
}

const published = "google.cloud.pubsub.topic.v1.messagePublished"

// post sends an event, in structured or in binary mode, and returns the answer.
func (c *callee) post(structured bool, data map[string]any) (status int, body string, err error) {
	header := http.Header{"Content-Type": {"application/json"}}
	if structured {
		header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
		data = map[string]any{"specversion": "1.0", "id": "1", "source": "//pubsub.googleapis.com/projects/p/topics/t", "type": published, "data": data}
	} else {
		header["Ce-Specversion"], header["Ce-Type"], header["Ce-Id"], header["Ce-Source"] = []string{"1.0"}, []string{published}, []string{"1"}, []string{"s"}
	}
	event, err := json.Marshal(data)
	if err != nil {
		return 0, "", err
	}
	req, err := http.NewRequest(http.MethodPost, c.url, strings.NewReader(string(event)))
	if err != nil {
		return 0, "", err
	}
	req.Header = header
	resp, err := c.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer), err
}

// TestUnderFramework posts 10,048 calls over 64 connections to the real functions
// framework, in a process of its own. All are executed and answered.
func TestUnderFramework(t *testing.T) {
	t.Parallel()
	c := start(t)
	dir := t.TempDir()
	const connections, each = 64, 157 // 10,048 in all
	var wg sync.WaitGroup
	for i := range connections {
		wg.Go(func() {
			for j := range each {
				status, body, err := c.post(j%2 == 0, message(fmt.Sprintf("call-%d-%d", i, j), "touch", dir))
				if status != http.StatusNoContent || err != nil {
					t.Errorf("call %d of connection %d: status %d %s, error %v; want 204", j, i, status, body, err)
				}
			}
		})
	}
	wg.Wait()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != connections*each {
		t.Errorf("%d calls had an effect, error %v; want %d", len(files), err, connections*each)
	}
	for _, bad := range []struct {
		name string
		data map[string]any
		want string
	}{
		{"unknown name", message("an-id", "tuch"), `dispatch: look up "tuch": no function is registered under that name; similar names are touch`},
		{"too many arguments", message("an-id", "touch", "a", "b"), "dispatch: decode arguments of touch: got 2 arguments, want 1"},
		{"panic", message("an-id", "fail"), "dispatch: execute fail: panic: as asked"},
		{"no event", map[string]any{"secret": "value"}, "dispatch: read request: the event holds no message"},
	} {
		status, body, err := c.post(false, bad.data)
		if err != nil || status < 400 || !strings.HasPrefix(body, bad.want) || strings.Count(body, "\n") != 1 {
			t.Errorf("%s: status %d, error %v, body %q; want a failure and one line that begins with %q", bad.name, status, err, body, bad.want)
		}
	}
}

// TestOnStart: as long as OnStart fails, each delivery fails and can be retried. Its
// function does not run.
func TestOnStart(t *testing.T) {
	t.Parallel()
	c := start(t, "START_FAILS=error panic permanent")
	dir := t.TempDir()
	for _, want := range []string{"as asked", "panic: as asked", "as asked"} {
		status, body, err := c.post(false, message("an-id", "touch", dir))
		if want = "dispatch: run OnStart before touch: " + want + "\n"; status != http.StatusInternalServerError || body != want || err != nil {
			t.Errorf("got status %d, body %q, error %v, want 500 %q", status, body, err, want)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("%d calls ran before the callee had started, error %v; want none", len(files), err)
	}
	if status, body, err := c.post(false, message("an-id", "touch", dir)); status != http.StatusNoContent {
		t.Errorf("once it starts: status %d %s, error %v; want 204", status, body, err)
	}
}

// TestSIGTERM: the running call is finished and answered, then the process exits with 0.
func TestSIGTERM(t *testing.T) {
	t.Parallel()
	c := start(t)
	file := filepath.Join(t.TempDir(), "go")
	answered := make(chan string, 1)
	go func() {
		status, body, err := c.post(false, message("an-id", "wait", file))
		answered <- fmt.Sprint(status, body, err)
	}()
	if line, err := c.stdout.ReadString('\n'); line != "running\n" {
		t.Fatalf("the callee printed %q, error %v; want \"running\"", line, err)
	}
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// New calls are refused from the signal's arrival on.
	for {
		status, _, err := c.post(false, message("another", "touch", t.TempDir()))
		if status == http.StatusServiceUnavailable {
			break
		}
		if err != nil {
			t.Fatalf("a call after SIGTERM: %v, want an answer while one is running", err)
		}
	}
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if got, want := <-answered, "204<nil>"; strings.ReplaceAll(got, " ", "") != want {
		t.Errorf("the running call was answered %q, want %q", got, want)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("the callee ended with %v, want exit code 0", err)
	}
}

// TestRefusals: the callee does not wait for the body of a health check or of a refused
// request, although the framework's server has no limits of its own.
func TestRefusals(t *testing.T) {
	t.Parallel()
	c := start(t)
	many := "POST / HTTP/1.1\r\nHost: x\r\n"
	for i := range 300 {
		many += fmt.Sprintf("%03d: x\r\n", i)
	}
	for text, want := range map[string]int{
		"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{":        http.StatusMethodNotAllowed,
		"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{":  http.StatusOK,
		"HEAD /health HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{": http.StatusOK,
		many + "Content-Length: 100\r\n\r\n{":                              http.StatusRequestHeaderFieldsTooLarge,
	} {
		conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(c.url, "http://"), "/"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second)) // only if the answer never comes
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn) // until the server closes the connection
		if err != nil || !strings.HasPrefix(string(answer), fmt.Sprintf("HTTP/1.1 %d ", want)) {
			t.Errorf("%.40q: answered %.60q, %v; want %d, and the end of the connection", text, answer, err, want)
		}
	}
}
