package storage

import (
	"errors"
	"flag"
	"fmt"
)

var bucket = flag.String("bucket", "", "name of the bucket (required)")

func Write(path string) error {
	if *bucket == "" {
		return errors.New("storage: -bucket is required")
	}
	fmt.Println("wrote", *bucket+"/"+path)
	return nil
}
