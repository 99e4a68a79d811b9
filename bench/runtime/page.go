package main

import (
	"fmt"
	"os"
	"strings"
)

// update replaces the table of the given name in a page of documentation. The table
// stands between the comments <!-- name --> and <!-- end of name -->.
func update(page, name, table string) error {
	data, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
	head, rest, ok := strings.Cut(string(data), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no table %q", page, name)
	}
	return os.WriteFile(page, []byte(head+begin+"\n"+table+"\n"+end+tail), 0o666)
}
