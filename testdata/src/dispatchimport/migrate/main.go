// Migrate names a type that makes calls, but runs none of its methods.
package main

import (
	"context"
	"fmt"
	"reflect"

	"example.com/fixtures/src/dispatchimport/models"
)

type table struct{ rows []models.User }

type welcomer interface {
	Welcome(ctx context.Context) error
}

var (
	_ fmt.Stringer = models.User{}
	_ welcomer     = models.User{}
)

func autoMigrate(tables ...any) {}

func names(users []models.User) fmt.Stringer { return users[0] }

func main() {
	autoMigrate(&models.User{}, table{}, context.Background())
	fmt.Println(reflect.TypeFor[models.User](), names([]models.User{{Name: "ann"}}))
}
