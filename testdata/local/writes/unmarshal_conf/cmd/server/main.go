package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"example.com/local/writes/unmarshal_conf/internal/app"
	"example.com/local/writes/unmarshal_conf/internal/forward"
)

func load(b []byte) error {
	if err := json.Unmarshal(b, &app.Conf); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	return nil
}

func main() {
	if err := load([]byte(`{"queue": "q-main", "retries": 3}`)); err != nil {
		log.Fatal(err)
	}
	if err := forward.Forward.Call(context.Background(), 5); err != nil {
		log.Fatal(err)
	}
}
