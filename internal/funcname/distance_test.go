package funcname

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// The band that distance computes yields the same result as the whole table, or a
// result above most if the distance is above most.
func TestDistance(t *testing.T) {
	t.Parallel()
	whole := func(a, b string) int {
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
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		b := make([]byte, r.IntN(12))
		for i := range b {
			b[i] = "abc"[r.IntN(3)]
		}
		return string(b)
	}
	for range 20_000 {
		a, b, most := word(), word(), r.IntN(9)
		want := min(whole(a, b), most+1)
		if got := min(distance(a, b, most), most+1); got != want {
			t.Fatalf("distance(%q, %q, %d) = %d, want %d", a, b, most, got, want)
		}
	}
}

// A long name takes about as long as a short one.
func BenchmarkNear(b *testing.B) {
	var names []string
	for i := range 1000 {
		names = append(names, fmt.Sprintf("example.com/app/package%d.function%d", i%50, i))
	}
	for _, name := range []string{"example.com/app/package7.fnction7", "example.com/app/package7." + strings.Repeat("f", 999), strings.Repeat("x", 1024)} {
		b.Run(fmt.Sprint(len(name)), func(b *testing.B) {
			for b.Loop() {
				Near(name, names)
			}
		})
	}
}
