package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/components/cqrs"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/cloud-functions-dispatch/go/bench/runtime/work"
)

// riverPeer inserts with River's client, into a database that keeps the job.
func riverPeer[A, B any](c work.Call[A, B]) peer {
	db := new(riverDB)
	client, err := river.NewClient(db, &river.Config{})
	if err != nil {
		panic(err) // the configuration is ours
	}
	worker := river.WorkFunc(func(ctx context.Context, job *river.Job[args[A, B]]) error { return c.Do(ctx, job.Args.A, job.Args.B) })
	return peer{
		name:    "River",
		without: "SQL; the executor (a goroutine, timeouts, the result), which is internal: its decoding is done again here",
		pack: func() error {
			_, err := client.InsertTx(background, struct{}{}, args[A, B]{c.A, c.B}, nil)
			return err
		},
		run: func() error {
			job := river.Job[args[A, B]]{JobRow: &rivertype.JobRow{EncodedArgs: db.job.EncodedArgs, Kind: db.job.Kind}}
			if err := json.Unmarshal(job.EncodedArgs, &job.Args); err != nil {
				return err
			}
			return worker.Work(background, &job)
		},
		bytes: func() int { return len(db.job.EncodedArgs) + len(db.job.Kind) },
	}
}

// A riverDB keeps the last inserted job. It is a driver and a transaction.
type riverDB struct {
	riverdriver.Driver[struct{}]
	riverTx
}

type riverTx struct {
	riverdriver.ExecutorTx
	job *riverdriver.JobInsertFastParams
}

func (*riverDB) PoolIsSet() bool                                   { return true }
func (*riverDB) SupportsListener() bool                            { return false }
func (*riverDB) SupportsListenNotify() bool                        { return false }
func (db *riverDB) UnwrapExecutor(struct{}) riverdriver.ExecutorTx { return &db.riverTx }

func (tx *riverTx) JobInsertFastMany(_ context.Context, p *riverdriver.JobInsertFastManyParams) ([]*riverdriver.JobInsertFastResult, error) {
	tx.job = p.Jobs[0]
	return []*riverdriver.JobInsertFastResult{{Job: new(rivertype.JobRow)}}, nil
}

// asynqPeer enqueues with asynq's client, to a Redis that keeps the task.
func asynqPeer[A, B any](c work.Call[A, B]) peer {
	kept := new(redisHook)
	db := redis.NewClient(&redis.Options{})
	db.AddHook(kept)
	client := asynq.NewClientFromRedisClient(db)
	mux := asynq.NewServeMux()
	mux.HandleFunc("work", func(ctx context.Context, t *asynq.Task) error {
		var a args[A, B]
		if err := json.Unmarshal(t.Payload(), &a); err != nil {
			return err
		}
		return c.Do(ctx, a.A, a.B)
	})
	envelope, err := protoregistry.GlobalTypes.FindMessageByName("asynq.TaskMessage")
	if err != nil {
		panic(err) // asynq registers it
	}
	fields := envelope.Descriptor().Fields()
	kind, payload := fields.ByName("type"), fields.ByName("payload")
	return peer{
		name:    "asynq",
		without: "Redis' protocol; the processor (two goroutines, a deadline, the result), which is internal: its decoding is done again here",
		pack: func() error {
			data, err := json.Marshal(args[A, B]{c.A, c.B})
			if err == nil {
				_, err = client.Enqueue(asynq.NewTask("work", data))
			}
			return err
		},
		run: func() error {
			var m protoreflect.Message = envelope.New()
			if err := proto.Unmarshal(kept.task, m.Interface()); err != nil {
				return err
			}
			return mux.ProcessTask(background, asynq.NewTask(m.Get(kind).String(), m.Get(payload).Bytes()))
		},
		bytes: func() int { return len(kept.task) },
	}
}

// A redisHook keeps the task of the last command, and runs none.
type redisHook struct {
	redis.Hook
	task []byte
}

func (*redisHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (*redisHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (h *redisHook) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(_ context.Context, command redis.Cmder) error {
		switch command := command.(type) {
		case *redis.Cmd: // EVALSHA, the hash, 2, two keys, the task
			h.task = command.Args()[5].([]byte)
			command.SetVal(int64(1))
		case *redis.IntCmd: // the queue's name, once
		default:
			return fmt.Errorf("unexpected command %q", command.Name())
		}
		return nil
	}
}

// watermillPeer is a command bus of watermill, and the handler of its command processor.
func watermillPeer[A, B any](c work.Call[A, B]) peer {
	marshaler := cqrs.JSONMarshaler{}
	kept := new(publisher)
	bus, err1 := cqrs.NewCommandBusWithConfig(kept, cqrs.CommandBusConfig{
		GeneratePublishTopic: func(cqrs.CommandBusGeneratePublishTopicParams) (string, error) { return "calls", nil },
		Marshaler:            marshaler,
	})
	router, err2 := message.NewRouter(message.RouterConfig{}, watermill.NopLogger{})
	processor, err3 := cqrs.NewCommandProcessorWithConfig(router, cqrs.CommandProcessorConfig{
		GenerateSubscribeTopic: func(cqrs.CommandProcessorGenerateSubscribeTopicParams) (string, error) { return "calls", nil },
		SubscriberConstructor: func(cqrs.CommandProcessorSubscriberConstructorParams) (message.Subscriber, error) {
			return nil, nil // it is not run
		},
		Marshaler: marshaler,
	})
	if err := errors.Join(err1, err2, err3); err != nil {
		panic(err) // the configuration is ours
	}
	if err := processor.AddHandlers(cqrs.NewCommandHandler("work", func(ctx context.Context, a *args[A, B]) error { return c.Do(ctx, a.A, a.B) })); err != nil {
		panic(err)
	}
	handle := router.Handlers()["work"]
	return peer{
		name:    "watermill, command bus",
		without: "the publisher and the subscriber; the router's goroutine and its acknowledgement",
		pack:    func() error { return bus.Send(background, &args[A, B]{c.A, c.B}) },
		run: func() error {
			m := message.NewMessage(kept.message.UUID, kept.message.Payload)
			m.Metadata = kept.message.Metadata
			_, err := handle(m)
			return err
		},
		bytes: func() int {
			n := len(kept.message.UUID) + len(kept.message.Payload)
			for k, v := range kept.message.Metadata {
				n += len(k) + len(v)
			}
			return n
		},
	}
}

// A publisher keeps the last message.
type publisher struct {
	message.Publisher
	message *message.Message
}

func (p *publisher) Publish(_ string, messages ...*message.Message) error {
	p.message = messages[0]
	return nil
}
