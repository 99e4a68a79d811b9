package codec_test

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// With GOEXPERIMENT=jsonv2, Go before 1.27 would encode some types differently. There
// the build must fail, with an error that names the reason.
func TestBuild_jsonv2Experiment(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("rebuilds the standard library the first time")
	}
	cmd := exec.Command("go", "build", ".")
	cmd.Env = append(os.Environ(), "GOEXPERIMENT=jsonv2", "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	if !strings.HasPrefix(runtime.Version(), "go1.26") {
		if err != nil {
			t.Errorf("go build with GOEXPERIMENT=jsonv2 under %s = %v, want it to build:\n%s", runtime.Version(), err, out)
		}
		return
	}
	const want = "dispatch_does_not_build_with_GOEXPERIMENT_jsonv2_before_go1_27__unset_it"
	if err == nil || !strings.Contains(string(out), want) {
		t.Errorf("go build with GOEXPERIMENT=jsonv2 = %v, want an error that holds %s:\n%s", err, want, out)
	}
}
