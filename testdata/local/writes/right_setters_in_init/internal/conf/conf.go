package conf

// Set sets *p unless v is zero.
func Set[T comparable](p *T, v T) {
	var zero T
	if v != zero {
		*p = v
	}
}
