// Package handles registers functions that take what exists in one process only.
package handles

import (
	"bytes"
	"container/list"
	"context"
	"database/sql"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"text/template"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type (
	Mailer interface{ Send(to string) error }

	Config struct {
		From string
		DB   *sql.DB
	}
	store struct {
		db *sql.DB
	}
	service struct {
		From   string `json:"-"`
		name   string
		client *http.Client
	}
	guarded struct {
		sync.RWMutex
		N int
	}
	counted struct{ N atomic.Int64 }

	event    struct{ Kind isEventKind }
	embedded struct {
		*slog.Logger
		ID string
	}
	callback func(error)

	isEventKind interface{ isEventKind() }
)

func (*event) ProtoMessage() {}

func db(context.Context, *sql.DB) error                                  { return nil }
func client(context.Context, *http.Client) error                         { return nil }
func logger(context.Context, *slog.Logger, ...*log.Logger) error         { return nil }
func writer(context.Context, io.Writer) error                            { return nil }
func mailer(context.Context, Mailer) error                               { return nil }
func literal(context.Context, interface{ Close() error }) error          { return nil }
func config(context.Context, Config) error                               { return nil }
func stored(context.Context, *store) error                               { return nil }
func served(context.Context, *service) error                             { return nil }
func lock(context.Context, *sync.Mutex) error                            { return nil }
func inside(context.Context, guarded, counted) error                     { return nil }
func channel(context.Context, chan<- string) error                       { return nil }
func function(context.Context, callback, http.HandlerFunc) error         { return nil }
func request(context.Context, *http.Request, http.ResponseWriter) error  { return nil }
func again(context.Context, context.Context) error                       { return nil }
func tx(context.Context, *sql.Tx) error                                  { return nil }
func body(context.Context, io.ReadCloser, *bytes.Buffer, *os.File) error { return nil }
func timer(context.Context, *time.Timer) error                           { return nil }
func conn(context.Context, net.Conn) error                               { return nil }
func data(context.Context, *list.List) error                             { return nil }
func failed(context.Context, error) error                                { return nil }
func message(context.Context, proto.Message) error                       { return nil }
func texts(context.Context, *template.Template) error                    { return nil }
func many(context.Context, []*sql.DB, map[string]*http.Client) error     { return nil }
func embeds(context.Context, embedded) error                             { return nil }

func oneof(context.Context, *event) error { return nil }

var (
	_ = dispatch.Register(oneof)    // want `^argument 1 of handles\.oneof: event\.Kind has type handles\.isEventKind, an interface with methods: it cannot be decoded, since its dynamic type is not sent \(handles\.event is a message of an old generator: generate it with google\.golang\.org/protobuf, or send its encoding as \[\]byte\)$`
	_ = dispatch.Register(db)       // want `^argument 1 of handles\.db has type sql\.DB, which has no exported field: nothing of it would be encoded \(open the sql\.DB in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md\)$`
	_ = dispatch.Register(client)   // want `^argument 1 of handles\.client: Client\.Transport has type http\.RoundTripper, an interface with methods: it cannot be decoded, since its dynamic type is not sent \(open the http\.Client in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md; if you need only its data, send a struct of your own with the fields that the callee needs\)$`
	_ = dispatch.Register(logger)   // want `^argument 1 of handles\.logger has type slog\.Logger, which has no exported field: nothing of it would be encoded \(open the slog\.Logger in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md\)$` `^argument 2 of handles\.logger has type log\.Logger, which has no exported field: nothing of it would be encoded \(open the log\.Logger in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md\)$`
	_ = dispatch.Register(writer)   // want `^argument 1 of handles\.writer has type io\.Writer, an interface with methods: it cannot be decoded, since its dynamic type is not sent \(open it in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md; if it is data, use a concrete type\)$`
	_ = dispatch.Register(mailer)   // want `^argument 1 of handles\.mailer has type handles\.Mailer, an interface with methods: it cannot be decoded, since its dynamic type is not sent \(open it in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md; if it is data, use a concrete type\)$`
	_ = dispatch.Register(literal)  // want `^argument 1 of handles\.literal has type interface\{Close\(\) error\}, an interface with methods: it cannot be decoded, since its dynamic type is not sent \(open it in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md; if it is data, use a concrete type\)$`
	_ = dispatch.Register(config)   // want `^argument 1 of handles\.config: Config\.DB has type sql\.DB, which has no exported field: nothing of it would be encoded \(open the sql\.DB in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md\)$`
	_ = dispatch.Register(stored)   // want `^argument 1 of handles\.stored has type handles\.store, which has no exported field: nothing of it would be encoded \(open the handles\.store in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md; if it is data, export the fields to send, or add MarshalJSON and UnmarshalJSON\)$`
	_ = dispatch.Register(served)   // want `^argument 1 of handles\.served: service\.name is not exported, so it does not travel \(open the handles\.service in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md; if it is data, export it, or tag it json:"-" to say that it may be lost\)$`
	_ = dispatch.Register(lock)     // want `^argument 1 of handles\.lock has type sync\.Mutex, which has no exported field: nothing of it would be encoded \(it is for the goroutines of one process: tag it json:"-", or keep it in a package variable of the callee: docs/services\.md\)$`
	_ = dispatch.Register(inside)   // want `^argument 1 of handles\.inside: guarded\.RWMutex has type sync\.RWMutex, which has no exported field: nothing of it would be encoded \(it is for the goroutines of one process: tag it json:"-", or keep it in a package variable of the callee: docs/services\.md\)$` `^argument 2 of handles\.inside: counted\.N has type atomic\.Int64, which has no exported field: nothing of it would be encoded \(it is for the goroutines of one process: tag it json:"-", or keep it in a package variable of the callee: docs/services\.md\)$`
	_ = dispatch.Register(channel)  // want `^argument 1 of handles\.channel has type chan<- string, which cannot be encoded \(it is valid in this process only: send the data that it represents, or make it in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md\)$`
	_ = dispatch.Register(function) // want `^argument 1 of handles\.function has type handles\.callback, which cannot be encoded \(it is valid in this process only: send the data that it represents, or make it in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md\)$` `^argument 2 of handles\.function has type http\.HandlerFunc, which cannot be encoded \(it is valid in this process only: send the data that it represents, or make it in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md\)$`
	_ = dispatch.Register(request)  // want `^argument 1 of handles\.request: Request\..* \(it ends with the request that it belongs to: send the data that the callee needs\)$` `^argument 2 of handles\.request has type http\.ResponseWriter, an interface with methods: it cannot be decoded, since its dynamic type is not sent \(it ends with the request that it belongs to: send the data that the callee needs\)$`
	_ = dispatch.Register(again)    // want `^argument 1 of handles\.again has type context\.Context, an interface with methods: it cannot be decoded, since its dynamic type is not sent \(leave it out: the function gets a context of its own\)$`
	_ = dispatch.Register(tx)       // want `^argument 1 of handles\.tx has type sql\.Tx, which has no exported field: nothing of it would be encoded \(it ends in this process: open the database in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md\)$`
	_ = dispatch.Register(body)     // want `^argument 1 of handles\.body has type io\.ReadCloser, an interface with methods: it cannot be decoded, since its dynamic type is not sent \(send its bytes, or the name of a file or object that the callee can read\)$` `^argument 2 of handles\.body has type bytes\.Buffer, which has no exported field: nothing of it would be encoded \(send its bytes, or the name of a file or object that the callee can read\)$` `^argument 3 of handles\.body: File\..* \(send its bytes, or the name of a file or object that the callee can read\)$`
	_ = dispatch.Register(timer)    // want `^argument 1 of handles\.timer: Timer\..* \(send the time or the duration\)$`
	_ = dispatch.Register(conn)     // want `^argument 1 of handles\.conn has type net\.Conn, an interface with methods: it cannot be decoded, since its dynamic type is not sent \(open it in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md; if it is data, use a concrete type\)$`
	_ = dispatch.Register(data)     // want `^argument 1 of handles\.data has type list\.List, which has no exported field: nothing of it would be encoded \(the type list\.List is of package container/list: send a struct of your own with the fields that the callee needs\)$`
	_ = dispatch.Register(failed)   // want `^argument 1 of handles\.failed has type error, an interface with methods: it cannot be decoded, since its dynamic type is not sent \(send its text, or use a concrete type\)$`
	_ = dispatch.Register(message)  // want `^argument 1 of handles\.message has type protoreflect\.ProtoMessage, an interface with methods: it cannot be decoded, since its dynamic type is not sent \(use a generated message\)$`
	_ = dispatch.Register(texts)    // want `^argument 1 of handles\.texts: Template\..* \(open the template\.Template in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md; if you need only its data, send a struct of your own with the fields that the callee needs\)$`
	_ = dispatch.Register(many)     // want `^argument 1 of handles\.many: an element of it has type sql\.DB, which has no exported field: nothing of it would be encoded \(open the sql\.DB in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md\)$` `^argument 2 of handles\.many: Client\.Transport has type http\.RoundTripper, an interface with methods: it cannot be decoded, since its dynamic type is not sent \(open the http\.Client in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md; if you need only its data, send a struct of your own with the fields that the callee needs\)$`
	_ = dispatch.Register(embeds)   // want `^argument 1 of handles\.embeds: embedded\.Logger has type slog\.Logger, which has no exported field: nothing of it would be encoded \(open the slog\.Logger in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md\)$`
)
