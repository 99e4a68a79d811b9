package report

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
)

// Text writes a line for each diagnostic. Unless context is negative, the lines of
// code follow, with that many lines before and after them, as with go vet -c.
func Text(w io.Writer, ds []load.Diagnostic, context int) error {
	for _, d := range ds {
		if _, err := fmt.Fprintln(w, d); err != nil {
			return err
		}
		if context < 0 {
			continue
		}
		data, err := os.ReadFile(d.Start.Filename)
		if err != nil {
			continue // a //line comment may name a file that does not exist
		}
		lines := strings.Split(string(data), "\n")
		for i := max(d.Start.Line-context, 1); i <= min(d.End.Line+context, len(lines)); i++ {
			if _, err := fmt.Fprintf(w, "%d\t%s\n", i, strings.TrimSuffix(lines[i-1], "\r")); err != nil {
				return err
			}
		}
	}
	return nil
}
