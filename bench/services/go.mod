// Judging dispatchvet on servers that were not written for it.
module github.com/cloud-functions-dispatch/go/bench/services

go 1.26.0

require golang.org/x/tools v0.52.0
