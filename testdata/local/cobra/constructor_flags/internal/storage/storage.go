package storage

import "fmt"

var Bucket string

func Write(path string) error {
	_, err := fmt.Printf("wrote %s/%s\n", Bucket, path)
	return err
}
