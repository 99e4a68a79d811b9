package funcname

import (
	"cmp"
	"slices"
)

// maxEdits is the most edits between a name and what a person may have meant by it.
const maxEdits = 8

// Near returns up to three of names that a person may have meant by name, the
// nearest first: those with the same last element, then those that a few
// edits turn into it. It takes about as long for a long name as for a short one,
// since a name may come from a stranger.
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

// distance is the number of bytes to insert, delete or replace to turn a into b
// (Levenshtein), or more than most if it is that. It computes the cells of the table
// that are no more than most from its diagonal, a row at a time.
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
