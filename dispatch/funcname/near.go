package funcname

import (
	"cmp"
	"slices"
)

// Near returns up to three of names that a person may have meant by name, the
// nearest first: those with the same last element, then those that a few
// edits turn into it.
func Near(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	for _, n := range names {
		d := distance(name, n)
		switch {
		case Short(n) == Short(name):
			d = 0
		case d > max(2, len(Short(name))/3):
			continue
		}
		near = append(near, candidate{n, d})
	}
	slices.SortFunc(near, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	var out []string
	for _, c := range near[:min(3, len(near))] {
		out = append(out, c.name)
	}
	return out
}

// distance is the number of bytes to insert, delete or replace to turn a into
// b (Levenshtein), in one row of memory.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
