package logging

type Logger interface {
	Printf(format string, args ...any)
}

var logger Logger

func SetLogger(l Logger) { logger = l }

func Printf(format string, args ...any) { logger.Printf(format, args...) }
