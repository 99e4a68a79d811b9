// Nocall links a package that makes calls, but never makes one.
package main

import "example.com/fixtures/src/dispatchimport/reach"

func main() { println(reach.Name()) }
