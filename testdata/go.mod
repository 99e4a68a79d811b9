module example.com/fixtures

go 1.26.0

require (
	github.com/go-json-experiment/json v1.27.2
	github.com/google/uuid v1.6.0
	github.com/shopspring/decimal v1.6.0
	google.golang.org/protobuf v1.36.12
)
