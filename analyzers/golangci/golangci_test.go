package golangci_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/golangci/plugin-module-register/register"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
	_ "github.com/cloud-functions-dispatch/go/analyzers/golangci"
)

func TestPlugin(t *testing.T) {
	newPlugin, err := register.GetPlugin("dispatch")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		settings any
		want     []string
		wantErr  string
	}{
		{nil, []string{"dispatchargs", "dispatchcall", "dispatchregister"}, ""},
		{map[string]any{"disable": []string{"dispatchcall"}}, []string{"dispatchargs", "dispatchregister"}, ""},
		{map[string]any{"secrets": true}, []string{"dispatchargs", "dispatchcall", "dispatchregister"}, ""},
		{map[string]any{"disable": []string{"dispatchimport"}}, nil, `disable names "dispatchimport", which is not a check of the plugin`},
		{map[string]any{"enable": true}, nil, `unknown field "enable"`},
	} {
		p, err := newPlugin(tt.settings)
		if tt.wantErr != "" {
			if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("%v: got error %v, want %q", tt.settings, err, tt.wantErr)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v: %v", tt.settings, err)
			continue
		}
		as, err := p.BuildAnalyzers()
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := tt.settings.(map[string]any)
		if got, want := dispatchargs.Analyzer.Flags.Lookup(dispatchargs.SecretsFlag).Value.String() == "true", raw["secrets"] == true; got != want {
			t.Errorf("%v: got secrets %v, want %v", tt.settings, got, want)
		}
		var got []string
		for _, a := range as {
			got = append(got, a.Name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v: got %v, want %v", tt.settings, got, tt.want)
		}
	}
}
