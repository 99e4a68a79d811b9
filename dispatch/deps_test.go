package dispatch_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/cloud-functions-dispatch/go/"

// policy says which packages of this module, and which of other modules, the
// import closure of a package may hold beside the standard library. A path
// that ends with / allows everything below it.
var policy = []struct {
	pkg   string
	allow []string
}{
	{"internal/funcname", nil},
	{"dispatch/transport", nil},
	{"internal/argtype", nil},
	{"dispatch/internal/codec", slices.Concat(json, []string{module + "internal/argtype"})},
	{"dispatch/internal/envelope", []string{module + "internal/funcname", zstd, "github.com/klauspost/compress"}},
	{"dispatch/transport/mem", []string{module + "dispatch/transport"}},
	{"dispatch", core},
	{"dispatch/deadletter", slices.Concat(json[:2], []string{module + "dispatch/transport"})},
	{"dispatch/dispatchtest", slices.Concat(core, []string{module + "dispatch", module + "dispatch/transport/mem"})},
	{"dispatch/once", slices.Concat(core, []string{module + "dispatch", module + "dispatch/once/internal/"})},
	{"dispatch/once/onceredis", slices.Concat(core, []string{module + "dispatch", module + "dispatch/once/internal/", module + "dispatch/once"})},
	{"dispatch/once/oncesql", slices.Concat(core, []string{module + "dispatch", module + "dispatch/once/internal/", module + "dispatch/once"})},
	{"dispatch/ping", slices.Concat(core, []string{module + "dispatch"})},
	{"dispatch/entrypoint", core},
	{"dispatch/entrypoint/push", slices.Concat(core, []string{module + "dispatch/entrypoint/"})},
	{"dispatch/entrypoint/pull", slices.Concat(core, []string{module + "dispatch/entrypoint/"})},
	{"dispatch/secure", []string{module + "dispatch/transport", module + "dispatch/internal/envelope", module + "internal/funcname", "github.com/tink-crypto/tink-go/v2/tink", zstd, "github.com/klauspost/compress"}},
	{"dispatch/entrypoint/oidc", slices.Concat(core, []string{"github.com/coreos/go-oidc/v3/oidc", "github.com/go-jose/go-jose/v4", "github.com/go-jose/go-jose/v4/", "golang.org/x/oauth2", "golang.org/x/oauth2/internal"})},
	{"dispatch/telemetry", slices.Concat(core, []string{module + "dispatch", "go.opentelemetry.io/", "github.com/cespare/xxhash/v2", "github.com/go-logr/logr", "github.com/go-logr/logr/funcr", "github.com/go-logr/stdr"})},
	{"analyzers", []string{"golang.org/x/", module + "analyzers/", module + "internal/argtype", module + "internal/funcname"}},
	// The diff is what -diff prints.
	{"cmd/dispatchvet", []string{"github.com/rogpeppe/go-internal/diff", "golang.org/x/", module + "analyzers", module + "analyzers/", module + "cmd/dispatchvet/", module + "internal/argtype", module + "internal/funcname"}},
}

const zstd = "github.com/klauspost/compress/"

var (
	json = []string{"github.com/go-json-experiment/json/", "github.com/go-json-experiment/json", "google.golang.org/protobuf/"}
	core = slices.Concat(json, []string{
		zstd, "github.com/klauspost/compress", "golang.org/x/sync/semaphore",
		module + "internal/argtype", module + "dispatch/internal/codec", module + "dispatch/deadletter", module + "dispatch/entrypoint", module + "internal/funcname", module + "dispatch/internal/", module + "dispatch/transport",
	})
)

// TestDeps holds the rules of who may import whom. A red test means that the
// code is wrong; a change of the rule is a decision of its own.
func TestDeps(t *testing.T) {
	t.Parallel()
	for _, p := range policy {
		for _, dep := range closure(t, "../"+p.pkg) {
			if dep != module+p.pkg && !slices.ContainsFunc(p.allow, func(a string) bool {
				return dep == a || strings.HasSuffix(a, "/") && strings.HasPrefix(dep, a)
			}) {
				t.Errorf("%s reaches %s", p.pkg, dep)
			}
		}
	}
}

// pubsubClients may have the Pub/Sub client; pubsubtest is for tests only.
var pubsubClients = []string{"dispatch/transport/gcppubsub", "dispatch/internal/pubsubtest"}

// TestDeps_deployed: what analyzes code is in no deployed function, and who
// does not ask for the Pub/Sub client does not have it.
func TestDeps_deployed(t *testing.T) {
	t.Parallel()
	for _, pkg := range strings.Fields(list(t, "-f", "{{.ImportPath}}", "./...")) {
		if strings.Contains(pkg, "/testdata/") {
			continue
		}
		for _, dep := range strings.Fields(list(t, "-deps", pkg)) {
			switch {
			case dep == "go/ast" || dep == "go/types" || strings.HasPrefix(dep, "golang.org/x/tools/"):
				t.Errorf("%s reaches %s", pkg, dep)
			case strings.HasPrefix(dep, "cloud.google.com/go/pubsub/") && !slices.Contains(pubsubClients, strings.TrimPrefix(pkg, module)):
				t.Errorf("%s reaches %s", pkg, dep)
			}
		}
	}
}

// TestDeps_tools: analyzers and commands know the runtime by its names, and
// transports know nothing of it.
func TestDeps_tools(t *testing.T) {
	t.Parallel()
	for _, r := range []struct {
		pkgs  string
		allow []string
	}{
		{"../analyzers/...", []string{"internal/argtype", "internal/funcname"}},
		{"../cmd/...", []string{"internal/argtype", "internal/funcname"}},
		{"./transport/...", []string{"dispatch/transport", "dispatch/transport/internal/service"}},
	} {
		for _, pkg := range strings.Fields(list(t, r.pkgs)) {
			for _, dep := range strings.Fields(list(t, "-deps", pkg)) {
				below := strings.HasPrefix(dep+"/", module+"dispatch/")
				if below && dep != pkg && !slices.Contains(r.allow, strings.TrimPrefix(dep, module)) {
					t.Errorf("%s reaches %s", pkg, dep)
				}
			}
		}
	}
}

// closure returns the packages that pkg reaches, those of the standard library
// left out.
func closure(t *testing.T, pkg string) []string {
	t.Helper()
	return strings.Fields(list(t, "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", pkg))
}

func list(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return string(out)
}
