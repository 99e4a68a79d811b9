package drivers_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/truora/minidyn/server"

	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncedynamo"
)

// emulatorURL is the environment variable that makes a test binary a worker.
const emulatorURL = "DISPATCH_TEST_WORKER"

func newDynamoDB(url string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{Region: "us-east-1", BaseEndpoint: &url, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "k", SecretAccessKey: "s"}, nil
	})})
}

// booking is a write that counts how often an order was booked.
func booking(order string) *types.Update {
	return &types.Update{
		TableName:                 aws.String("dispatch_once"),
		Key:                       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: order}},
		UpdateExpression:          aws.String("ADD booked :one"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":one": &types.AttributeValueMemberN{Value: "1"}},
	}
}

// TestDynamoDB_worker is a process that executes all calls, and prints one line for each.
// It executes half of them in a transaction, and leases the others.
func TestDynamoDB_worker(t *testing.T) {
	url := os.Getenv(emulatorURL)
	if url == "" {
		t.Skip("is a process of TestDynamoDB_processes")
	}
	client := newDynamoDB(url)
	db := oncedynamo.New(client)
	execute := func(order int) error {
		id := fmt.Sprint("order-", order)
		ctx := callContext(t, id)
		if order%2 == 0 {
			return db.Do(ctx, func(context.Context) ([]types.TransactWriteItem, error) {
				return []types.TransactWriteItem{{Update: booking(id)}}, nil
			})
		}
		return once.Do(ctx, db, func(ctx context.Context) error {
			fmt.Println("begin", id)
			b := booking(id)
			_, err := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: b.TableName, Key: b.Key, UpdateExpression: b.UpdateExpression, ExpressionAttributeValues: b.ExpressionAttributeValues})
			return err
		}, once.Lease(time.Second))
	}
	waiting := rand.Perm(calls)
	for len(waiting) > 0 {
		order := waiting[0]
		waiting = waiting[1:]
		switch err := execute(order); {
		case errors.Is(err, once.ErrBusy):
			waiting = append(waiting, order)
		case err != nil:
			t.Fatal(err)
		}
		fmt.Println("executed", order)
	}
	fmt.Println("end")
}

// TestDynamoDB_processes makes three processes execute the same 200 calls, and kills each
// of them five times. An effect in a transaction must happen once. A leased effect may
// happen again if its process was killed, but only then.
func TestDynamoDB_processes(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(server.NewServer())
	defer s.Close()
	client := newDynamoDB(s.URL)
	if _, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:            aws.String("dispatch_once"),
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		BillingMode:          types.BillingModePayPerRequest,
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a worker waits for leases
	defer cancel()
	const kills = 5
	var workers sync.WaitGroup
	for range 3 {
		workers.Go(func() {
			for n := range kills + 1 {
				if err := runWorker(ctx, s.URL, n < kills); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
	again := 0
	for order := range calls {
		b := booking(fmt.Sprint("order-", order))
		out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: b.TableName, Key: b.Key})
		if err != nil {
			t.Fatal(err)
		}
		n, _ := out.Item["booked"].(*types.AttributeValueMemberN)
		switch {
		case n == nil:
			t.Errorf("order %d is not booked", order)
		case n.Value != "1" && order%2 == 0:
			t.Errorf("order %d is booked %s times, want once", order, n.Value)
		case n.Value != "1":
			again++
		}
	}
	if again > 3*kills {
		t.Errorf("%d effects happened again, want at most one for each of %d killed processes", again, 3*kills)
	}
	t.Logf("%d leased effects happened again after a kill", again)
}

// runWorker runs a process until its end, or kills it after a random number of lines.
func runWorker(ctx context.Context, url string, kill bool) error {
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestDynamoDB_worker$")
	cmd.Env = append(os.Environ(), emulatorURL+"="+url)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	last := ""
	for left := rand.IntN(60); last != "end" && (!kill || left > 0) && lines.Scan(); left-- {
		last = lines.Text()
	}
	if kill {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		return nil
	}
	rest, _ := io.ReadAll(out)
	if err := cmd.Wait(); err != nil || last != "end" {
		return fmt.Errorf("a worker ended with %q: %w\n%s", last, err, rest)
	}
	return nil
}
