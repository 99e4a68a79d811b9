package funcname

import (
	"cmp"
	"slices"
)

// maxEdits is the maximum number of edits between a name and a suggestion for it.
const maxEdits = 8

// Near returns up to three of names that may have been meant by name, nearest
// first: names with the same last element, then names that are a few edits away.
// It takes about as long for a long name as for a short one, since name may come
// from an untrusted sender.
func Near(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	short := Short(name)
	most := min(max(2, len(short)/3), maxEdits)
	var near []candidate
	for _, n := range names {
		d := 0
		if Short(n) != short {
			d = distance(name, n, most)
		}
		if d <= most {
			near = append(near, candidate{n, d})
		}
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

// distance returns the number of bytes to insert, delete or replace to turn a into b
// (Levenshtein). If that exceeds most, the result is some number above most. It
// computes only the cells of the table within most of the diagonal, row by row.
func distance(a, b string, most int) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if max(len(a)-len(b), len(b)-len(a)) > most {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = min(j, most+1)
	}
	for i := range len(a) {
		first, last := max(0, i-most), min(len(b), i+most+1)
		diagonal, least := row[first], most+1
		row[first] = most + 1
		if first == 0 {
			row[0] = i + 1
		}
		for j := first; j < last; j++ {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1, most+1)
			least = min(least, row[j+1])
		}
		if least > most && row[first] > most {
			return most + 1
		}
	}
	return row[len(b)]
}
