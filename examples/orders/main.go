// Orders is a service that takes orders over HTTP. It dispatches the booking of each
// order:
//
//	export ORDERS_DB=/tmp/orders.db
//	go run . -stock tea=10                           # fill the stock
//	go tool dispatchmain dev . -- -order ann:tea=2   # place an order
//
// With -listen it serves HTTP: POST /orders takes an order, and GET /orders/{id}
// reports whether it was booked.
package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"strconv"
	"strings"
	"time"

	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"

	"github.com/cloud-functions-dispatch/go/examples/orders/orders"
)

//go:generate go tool dispatchmain generate --for=push

func main() {
	stock := flag.String("stock", "", "put so much of an article in stock: tea=10")
	order := flag.String("order", "", "place an order: ann:tea=2")
	listen := flag.String("listen", "", "serve at this address")
	flag.Parse()
	if err := run(context.Background(), *stock, *order, *listen); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, stock, order, listen string) error {
	db, err := orders.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if stock != "" {
		l, err := parseLine(stock)
		if err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, `INSERT INTO stock VALUES (?, ?) ON CONFLICT DO UPDATE SET quantity = excluded.quantity`, l.Article, l.Quantity); err != nil {
			return err
		}
	}
	if order != "" {
		customer, line, _ := strings.Cut(order, ":")
		l, err := parseLine(line)
		if err != nil {
			return err
		}
		if err := orders.Place.Call(ctx, orders.Order{ID: rand.Text(), Customer: customer, Lines: []orders.Line{l}}); err != nil {
			return err
		}
	}
	if listen == "" {
		return nil
	}
	server := &http.Server{Addr: listen, Handler: newHandler(db), ReadTimeout: time.Minute}
	return server.ListenAndServe()
}

// parseLine parses an article and a quantity, such as tea=2.
func parseLine(s string) (orders.Line, error) {
	article, quantity, _ := strings.Cut(s, "=")
	n, err := strconv.Atoi(quantity)
	if article == "" || err != nil || n < 1 {
		return orders.Line{}, fmt.Errorf("%q is no article and quantity (give such as tea=2)", s)
	}
	return orders.Line{Article: article, Quantity: n}, nil
}

// newHandler returns the handler of the service. It reads booked orders from db.
func newHandler(db *sql.DB) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		var o orders.Order
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&o); err != nil {
			http.Error(w, "the body is no order in JSON", http.StatusBadRequest)
			return
		}
		o.ID = rand.Text()
		if err := orders.Place.Call(r.Context(), o); err != nil {
			log.Print(err)
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintln(w, o.ID)
	})
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		var customer string
		err := db.QueryRowContext(r.Context(), `SELECT customer FROM orders WHERE id = ?`, r.PathValue("id")).Scan(&customer)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			http.NotFound(w, r)
		case err != nil:
			log.Print(err)
			http.Error(w, "try again later", http.StatusServiceUnavailable)
		default:
			fmt.Fprintln(w, "booked for", customer)
		}
	})
	return mux
}
