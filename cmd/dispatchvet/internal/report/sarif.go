package report

import (
	"encoding/json"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
)

// SARIF writes diagnostics as a SARIF 2.1.0 log, which GitHub code scanning reads.
// File names are relative to the working folder.
func SARIF(w io.Writer, suite []*analysis.Analyzer, ds []load.Diagnostic) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []result{}}
	run.Tool.Driver.Name = "dispatchvet"
	run.Tool.Driver.InformationURI = "https://github.com/cloud-functions-dispatch/go/blob/main/docs/analyzers.md"
	index := make(map[string]int)
	for i, a := range suite {
		index[a.Name] = i
		title, rest, _ := strings.Cut(a.Doc, "\n")
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule{a.Name, text{title}, text{strings.TrimSpace(rest)}, a.URL})
	}
	sources := make(map[string][]string)
	for _, d := range ds {
		run.Results = append(run.Results, result{
			RuleID: d.Analyzer.Name, RuleIndex: index[d.Analyzer.Name], Level: "error", Message: text{d.Message},
			Locations: []location{{physical{
				artifact{filepath.ToSlash(d.Start.Filename), "%SRCROOT%"},
				region{d.Start.Line, column(sources, d.Start), d.End.Line, column(sources, d.End)},
			}}},
		})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	return enc.Encode(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// column returns the column of a position in code points, counted from 1. It is 0
// if a //line comment gives no column.
func column(sources map[string][]string, p token.Position) int {
	lines, ok := sources[p.Filename]
	if !ok {
		data, err := os.ReadFile(p.Filename)
		if err == nil {
			lines = strings.SplitAfter(string(data), "\n")
		}
		sources[p.Filename] = lines
	}
	if p.Column < 1 || p.Line < 1 || p.Line > len(lines) || p.Column-1 > len(lines[p.Line-1]) {
		return p.Column // no column, or the file has changed since it was parsed
	}
	return utf8.RuneCountInString(lines[p.Line-1][:p.Column-1]) + 1
}

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver struct {
			Name           string `json:"name"`
			InformationURI string `json:"informationUri"`
			Rules          []rule `json:"rules"`
		} `json:"driver"`
	} `json:"tool"`
	ColumnKind string   `json:"columnKind"`
	Results    []result `json:"results"`
}

type rule struct {
	ID               string `json:"id"`
	ShortDescription text   `json:"shortDescription"`
	FullDescription  text   `json:"fullDescription"`
	HelpURI          string `json:"helpUri"`
}

type text struct {
	Text string `json:"text"`
}

type result struct {
	RuleID    string     `json:"ruleId"`
	RuleIndex int        `json:"ruleIndex"`
	Level     string     `json:"level"`
	Message   text       `json:"message"`
	Locations []location `json:"locations"`
}

type location struct {
	PhysicalLocation physical `json:"physicalLocation"`
}

type physical struct {
	ArtifactLocation artifact `json:"artifactLocation"`
	Region           region   `json:"region"`
}

type artifact struct {
	URI       string `json:"uri"`
	URIBaseID string `json:"uriBaseId"`
}

type region struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"` // from 1
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn,omitempty"`
}
