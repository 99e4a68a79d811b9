package rules

import "slices"

var blocked []string

func Load(words ...string) { blocked = append(blocked, words...) }

func Blocked(text string) bool { return slices.Contains(blocked, text) }
