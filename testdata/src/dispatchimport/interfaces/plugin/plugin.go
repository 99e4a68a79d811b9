// Package plugin gives its worker to the program that imports it.
package plugin

import "example.com/fixtures/src/dispatchimport/interfaces/worker"

//dispatch:serves ./src/dispatchimport/images

// Services are what a program runs.
var Services []worker.Runner

func init() { Services = append(Services, worker.New()) }
