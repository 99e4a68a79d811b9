package main

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A size compares the stripped binaries of two programs.
type size struct {
	what       string
	ours, bare string // folders of programs
	limit      float64
	grpc       bool // may be linked
}

var sizes = []size{
	{"Cloud Function that makes no calls, hello on the functions framework", "function", "barefunction", 1.35, true},
	{"the same, that makes calls over pubsubrest", "restcaller", "barefunction", 1.5, true},
	{"the same, that makes calls over gcppubsub", "caller", "barefunction", 3, true},
	{"AWS Lambda, hello on aws-lambda-go", "lambda", "barelambda", 1.5, false},
	{"caller over SQS, SendMessage of the SDK's client", "sqs", "baresqs", 1.25, false},
}

// compareSizes builds the programs, and prints their sizes. It returns an error if one is
// too large.
func compareSizes(w io.Writer) error {
	dir, err := os.MkdirTemp("", "bench-size")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Fprint(w, "| stripped binary | MB | bare, MB | ratio | at most |\n| --- | --- | --- | --- | --- |\n")
	var errs []error
	for _, s := range sizes {
		ours, err1 := s.build(dir, s.ours)
		bare, err2 := s.build(dir, s.bare)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		ratio := float64(ours) / float64(bare)
		fmt.Fprintf(w, "| %s | %.2f | %.2f | %.2f | %.2f |\n", s.what, float64(ours)/1e6, float64(bare)/1e6, ratio, s.limit)
		if ratio > s.limit {
			errs = append(errs, fmt.Errorf("%s: %.3f times the bare program, want at most %.2f", s.ours, ratio, s.limit))
		}
	}
	return errors.Join(errs...)
}

// build builds a program as it is deployed, and returns its size in bytes.
func (s *size) build(dir, program string) (int64, error) {
	file := filepath.Join(dir, program)
	tags, env := "", []string{"CGO_ENABLED=0"}
	if strings.HasSuffix(program, "lambda") {
		tags, env = "lambda.norpc", append(env, "GOOS=linux", "GOARCH=arm64")
	}
	if err := build(env, "-trimpath", "-ldflags=-s -w", "-tags="+tags, "-o", file, "./programs/"+program); err != nil {
		return 0, err
	}
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for _, m := range info.Deps {
		if !s.grpc && m.Path == "google.golang.org/grpc" {
			return 0, fmt.Errorf("%s has gRPC in it", program)
		}
	}
	stat, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	return stat.Size(), nil
}

// build runs go build.
func build(env []string, args ...string) error {
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, &out)
	}
	return nil
}
