package dispatch_test

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/cloud-functions-dispatch/go/"

// policy lists the packages, besides the standard library, that a package may import,
// directly or through others. A path that ends with / stands for all packages below it.
// A package with nil may import everything that TestDeps_deployed and TestDeps_tools
// allow.
var policy = map[string][]string{
	"internal/funcname":   {},
	"internal/argtype":    {},
	"internal/option":     {},
	"internal/structured": json[:2],

	"dispatch":                                slices.Concat(core, executing),
	"dispatch/transport":                      {},
	"dispatch/transport/mem":                  {module + "dispatch/transport", module + "internal/option"},
	"dispatch/transport/gcppubsub":            anything,
	"dispatch/transport/cloudtasks":           anything,
	"dispatch/transport/sqs":                  slices.Concat(aws, json[:2], []string{module + "dispatch/transport", module + "dispatch/transport/internal/service", module + "dispatch/transport/internal/outbox", module + "dispatch/internal/sqsmessage", module + "internal/structured", "golang.org/x/sync/semaphore"}),
	"dispatch/transport/internal/rpcerror":    anything,
	"dispatch/transport/pubsubrest":           slices.Concat(json[:2], []string{module + "dispatch/transport", module + "dispatch/transport/internal/pubsubtopic", module + "dispatch/transport/internal/service", module + "dispatch/transport/internal/outbox", "golang.org/x/sync/semaphore", "golang.org/x/oauth2", "golang.org/x/oauth2/", "cloud.google.com/go/compute/metadata"}),
	"dispatch/transport/internal/service":     {module + "dispatch/transport"},
	"dispatch/transport/internal/pubsubtopic": {module + "dispatch/transport", module + "dispatch/transport/internal/service", module + "dispatch/transport/internal/outbox", "golang.org/x/sync/semaphore"},
	"dispatch/transport/internal/outbox":      {module + "dispatch/transport", module + "dispatch/transport/internal/service", "golang.org/x/sync/semaphore"},
	"dispatch/transport/transporttest":        anything,
	"dispatch/deadletter":                     slices.Concat(json[:2], []string{module + "dispatch/transport"}),
	"dispatch/dispatchtest":                   slices.Concat(core, executing, []string{module + "dispatch", module + "dispatch/transport/mem"}),
	"dispatch/ping":                           slices.Concat(core, executing, []string{module + "dispatch"}),
	"dispatch/entrypoint":                     core,
	"dispatch/entrypoint/push":                slices.Concat(core, executing, []string{module + "dispatch/entrypoint/"}),
	"dispatch/entrypoint/pull":                slices.Concat(core, executing, []string{module + "dispatch/entrypoint/"}),
	"dispatch/entrypoint/cloudevent":          anything,
	"dispatch/entrypoint/lambda":              slices.Concat(core, executing, aws, []string{module + "dispatch/internal/sqsmessage", module + "internal/structured", "github.com/aws/aws-lambda-go/lambda", "github.com/aws/aws-lambda-go/lambda/", "github.com/aws/aws-lambda-go/lambdacontext"}),
	"dispatch/entrypoint/oidc":                slices.Concat(core, []string{"github.com/coreos/go-oidc/v3/oidc", "github.com/go-jose/go-jose/v4", "github.com/go-jose/go-jose/v4/", "golang.org/x/oauth2", "golang.org/x/oauth2/internal"}),
	"dispatch/entrypoint/internal/receive":    slices.Concat(core, executing),
	"dispatch/once":                           slices.Concat(core, executing, []string{module + "dispatch", module + "dispatch/once/internal/"}),
	"dispatch/once/internal/nest":             {},
	"dispatch/once/oncedynamo":                slices.Concat(aws, core, executing, []string{module + "dispatch", module + "dispatch/once", module + "dispatch/once/internal/"}),
	"dispatch/once/oncefirestore":             anything,
	"dispatch/once/onceredis":                 slices.Concat(core, executing, []string{module + "dispatch", module + "dispatch/once", module + "dispatch/once/internal/"}),
	"dispatch/once/oncesql":                   slices.Concat(core, executing, []string{module + "dispatch", module + "dispatch/once", module + "dispatch/once/internal/"}),
	"dispatch/once/oncetest":                  anything,
	"dispatch/protobuf":                       slices.Concat(json, []string{"google.golang.org/protobuf/", module + "internal/argtype", module + "dispatch/internal/codec"}),
	"dispatch/secure":                         {module + "dispatch/transport", module + "dispatch/internal/envelope", module + "internal/option", module + "internal/funcname", "github.com/tink-crypto/tink-go/v2/tink", zstd, "github.com/klauspost/compress"},
	"dispatch/telemetry":                      slices.Concat(core, executing, []string{module + "dispatch", "go.opentelemetry.io/", "github.com/cespare/xxhash/v2", "github.com/go-logr/logr", "github.com/go-logr/logr/funcr", "github.com/go-logr/stdr"}),

	"dispatch/internal/config":     slices.Concat(json[:2], []string{module + "dispatch/transport", module + "dispatch/deadletter"}),
	"dispatch/internal/codec":      slices.Concat(json, []string{module + "internal/argtype"}),
	"dispatch/internal/envelope":   {module + "internal/funcname", zstd, "github.com/klauspost/compress"},
	"dispatch/internal/limit":      {},
	"dispatch/internal/registry":   slices.Concat(json, []string{module + "internal/argtype", module + "internal/funcname", module + "dispatch/internal/codec", module + "dispatch/transport", "golang.org/x/sync/semaphore"}),
	"dispatch/internal/sqsmessage": slices.Concat(json[:2], []string{module + "dispatch/transport", module + "internal/structured"}),
	"dispatch/internal/executor":   slices.Concat(core, executing),
}

// anything is the rule of a package that has its own SDK, or that only tests import.
var anything []string

// forTests are packages that only tests import.
var forTests = []string{"corpus", "emulator", "hostile", "hostile/target", "killtest", "killtest/work", "pubsubtest", "soak", "soak/work"}

// aws are the packages of the AWS SDK. They reach no gRPC.
var aws = []string{"github.com/aws/aws-sdk-go-v2/", "github.com/aws/smithy-go", "github.com/aws/smithy-go/"}

const zstd = "github.com/klauspost/compress/"

var (
	// json is JSON v2, and the interface of messages. Only dispatch/protobuf has their encoder.
	json = []string{
		"github.com/go-json-experiment/json/", "github.com/go-json-experiment/json",
		"google.golang.org/protobuf/reflect/protoreflect", "google.golang.org/protobuf/encoding/protowire",
		"google.golang.org/protobuf/internal/detrand", "google.golang.org/protobuf/internal/errors", "google.golang.org/protobuf/internal/pragma",
	}

	// core lists the packages that the options of a callee need.
	core = slices.Concat(json, []string{
		zstd, "github.com/klauspost/compress",
		module + "internal/argtype", module + "internal/funcname",
		module + "dispatch/deadletter", module + "dispatch/entrypoint", module + "dispatch/transport",
		module + "dispatch/internal/codec", module + "dispatch/internal/config", module + "dispatch/internal/envelope", module + "internal/option",
	})

	// executing lists the packages that executing calls needs in addition to core.
	executing = []string{
		"golang.org/x/sync/semaphore",
		module + "dispatch/internal/executor", module + "dispatch/internal/limit", module + "dispatch/internal/registry",
	}
)

// tools is the policy for the analyzers and the vet tool.
var tools = map[string][]string{
	"analyzers": {"golang.org/x/", module + "analyzers/", module + "internal/argtype", module + "internal/funcname"},
	// Package diff is for the flag -diff.
	"cmd/dispatchvet": {"github.com/rogpeppe/go-internal/diff", "golang.org/x/", module + "analyzers", module + "analyzers/", module + "cmd/dispatchvet/", module + "cmd/internal/buildinfo", module + "internal/argtype", module + "internal/funcname"},
}

// TestDeps enforces the import rules. If it fails, the code is wrong; changing a rule
// is a decision of its own.
func TestDeps(t *testing.T) {
	t.Parallel()
	for _, rules := range []map[string][]string{policy, tools} {
		for pkg, allow := range rules {
			if allow == nil {
				continue
			}
			for _, dep := range closure(t, module+pkg) {
				if !slices.ContainsFunc(allow, func(a string) bool {
					return dep == a || strings.HasSuffix(a, "/") && strings.HasPrefix(dep, a)
				}) {
					t.Errorf("%s reaches %s", pkg, dep)
				}
			}
		}
	}
}

// TestDeps_all: every package of the runtime has a rule.
func TestDeps_all(t *testing.T) {
	t.Parallel()
	for _, pkg := range below(t, "dispatch") {
		pkg = strings.TrimPrefix(pkg, module)
		below, internal := strings.CutPrefix(pkg, "dispatch/internal/")
		if _, ok := policy[pkg]; !ok && !(internal && slices.Contains(forTests, below)) && !strings.Contains(pkg, "/testdata/") {
			t.Errorf("%s has no rule in policy (add one that says what it may import)", pkg)
		}
	}
}

// pubsubClients are the packages that may import the Pub/Sub client. Only tests use
// pubsubtest.
var pubsubClients = []string{"dispatch/transport/gcppubsub", "dispatch/internal/pubsubtest"}

// TestDeps_deployed: no deployed function links packages that analyze code, and only
// packages that need the Pub/Sub client link it.
func TestDeps_deployed(t *testing.T) {
	t.Parallel()
	for _, pkg := range below(t, "dispatch") {
		if strings.Contains(pkg, "/testdata/") {
			continue
		}
		for _, dep := range allPackages(t)[pkg].deps {
			switch {
			case dep == "go/ast" || dep == "go/types" || strings.HasPrefix(dep, "golang.org/x/tools/"):
				t.Errorf("%s reaches %s", pkg, dep)
			case strings.HasPrefix(dep, "cloud.google.com/go/pubsub/") && !slices.Contains(pubsubClients, strings.TrimPrefix(pkg, module)):
				t.Errorf("%s reaches %s", pkg, dep)
			}
		}
	}
}

// TestDeps_tools: analyzers and commands know the runtime by its names only, and no
// transport imports it.
func TestDeps_tools(t *testing.T) {
	t.Parallel()
	for _, r := range []struct {
		folder string
		allow  []string
	}{
		{"analyzers", nil},
		{"cmd", nil},
		{"dispatch/transport", []string{"dispatch/transport", "dispatch/transport/internal/service", "dispatch/transport/internal/outbox", "dispatch/transport/internal/pubsubtopic", "dispatch/transport/internal/rpcerror", "dispatch/internal/sqsmessage"}},
	} {
		for _, pkg := range below(t, r.folder) {
			for _, dep := range allPackages(t)[pkg].deps {
				if strings.HasPrefix(dep+"/", module+"dispatch/") && !slices.Contains(r.allow, strings.TrimPrefix(dep, module)) {
					t.Errorf("%s reaches %s", pkg, dep)
				}
			}
		}
	}
}

// closure returns the packages that pkg imports, directly or through others, without
// the standard library.
func closure(t *testing.T, pkg string) []string {
	t.Helper()
	all := allPackages(t)
	if _, ok := all[pkg]; !ok {
		t.Fatalf("there is no package %s", pkg)
	}
	return slices.DeleteFunc(slices.Clone(all[pkg].deps), func(dep string) bool { return all[dep].standard })
}

// below returns the packages of the module in a folder, and in the folders below it.
func below(t *testing.T, folder string) []string {
	t.Helper()
	all := slices.Sorted(maps.Keys(allPackages(t)))
	found := slices.DeleteFunc(all, func(pkg string) bool { return !strings.HasPrefix(pkg+"/", module+folder+"/") })
	if len(found) == 0 {
		t.Fatalf("there is no package below %s", folder)
	}
	return found
}

// A listed package is one of the module, or one that it imports, directly or not.
type listed struct {
	standard bool     // it is in the standard library
	deps     []string // all that it imports, directly or not
}

// allPackages returns all packages, by import path.
func allPackages(t *testing.T) map[string]listed {
	t.Helper()
	all, err := listAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var listAll = sync.OnceValues(func() (map[string]listed, error) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{.Standard}} {{join .Deps \" \"}}", "../...")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w", cmd, err)
	}
	all := make(map[string]listed)
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		all[f[0]] = listed{standard: f[1] == "true", deps: f[2:]}
	}
	return all, nil
})
