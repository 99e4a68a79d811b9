// Nocall links what makes calls, but does not come to one.
package main

import "example.com/fixtures/src/dispatchimport/reach"

func main() { println(reach.Name()) }
