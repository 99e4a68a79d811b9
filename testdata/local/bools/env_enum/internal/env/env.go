package env

type Environment int

const (
	Production Environment = iota
	Staging
	Development
)

var Current Environment
