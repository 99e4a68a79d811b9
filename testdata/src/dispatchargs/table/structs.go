package table

import (
	"encoding/json"
	"io"
	"math/big"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

//lint:file-ignore U1000 unexported fields are the point

type (
	empty   struct{}
	hidden  struct{ a, b int }
	lower   struct{ X, Y int }
	Upper   struct{ X, Y int }
	Millis  int
	noCopy  struct{}
	Private struct{ a int }
	Dict    map[string]int

	one      struct{ A int }
	mixed    struct{ A, b int }
	nested   struct{ In, Again struct{ Deep *one } }
	tree     struct{ Left, Right *tree }
	forest   struct{ Trees []forest }
	byName   struct{ Children map[string]byName }
	withChan struct {
		A int
		C chan int
	}
	deepChan struct {
		In struct{ List [2]struct{ C chan int } }
	}
	ptrChan   struct{ C *chan int }
	sliceChan struct{ C []chan int }
	deepPtr   struct{ In *struct{ F func() } }
	withAny   struct{ A any }
	withError struct{ Err error }
	withIface struct{ R io.Reader }
	withTime  struct {
		At   time.Time
		Took time.Duration
	}
	withURL   struct{ URL *url.URL }
	locked    struct{ Mu sync.Mutex }
	lockedPtr struct{ Mu *sync.Mutex }
	lockedIn  struct {
		mu sync.Mutex
		A  int
	}
	atomicIn struct{ N atomic.Int64 }
	blank    struct {
		_ [0]func()
		A int
	}
	noCopied struct {
		noCopy noCopy
		A      int
	}
	emptyArr struct {
		F [0]func()
		A int
	}
	cached struct {
		A     int
		cache map[string]func()
	}

	embeds struct {
		Upper
		A int
	}
	embedsLower struct {
		lower
		A int
	}
	embedsPtr struct {
		*Upper
		A int
	}
	embedsLowerPtr struct {
		*lower
		A int
	}
	embedsHidden  struct{ hidden }
	embedsPrivate struct {
		Private
		A int
	}
	embedsMutex struct {
		sync.Mutex
		A int
	}
	embedsNoCopy struct {
		noCopy
		A int
	}
	embedsInt struct{ Millis }
	embedsMap struct {
		Dict
		A int
	}
	embedsError struct {
		error
		A int
	}
	embedsTime    struct{ time.Time }
	embedsTimeAnd struct {
		time.Time
		Zone string
	}
	embedsDue      struct{ embedsTimeAnd }
	embedsDueTwice struct{ embedsDue }
	embedsTimeDeep struct{ embedsTime }
	embedsDuePtr   struct{ *embedsTime }

	embedsTimeNoCopy struct {
		time.Time
		noCopy
	}
	embedsTimeMutex struct {
		sync.Mutex
		time.Time
	}
	embedsTimeHidden struct {
		time.Time
		zone string
	}
	embedsTimeDash struct {
		time.Time `json:"-"`
		Zone      string
	}
	embedsTimeNamed struct {
		time.Time `json:"at"`
		Zone      string
	}
	namesTime struct {
		At   time.Time
		Zone string
	}
	embedsTimePtr struct{ *time.Time }
	embedsBigPtr  struct{ *big.Int }
	embedsBig     struct{ big.Int }
	embedsTwo     struct {
		time.Time
		big.Int
	}
	embedsTwoPtr struct {
		*time.Time
		*big.Int
	}
	embedsMarshaler struct{ json.Marshaler }
	embedsRaw       struct{ json.RawMessage }
	embedsNamed     struct {
		Upper `json:"upper"`
		X     int
	}
	embedsLowerNamed struct {
		lower `json:"low"`
		X     int
	}
	embedsLowerPtrNamed struct {
		*lower `json:"low"`
		X      int
	}
	embedsLowerPtrEmpty struct {
		*lower `json:"low,omitempty"`
		X      int
	}
	embedsLowerPtrZero struct {
		*lower `json:"low,omitzero"`
		X      int
	}
	embedsOmit struct {
		Upper `json:",omitempty"`
	}
	embedsInline struct {
		Upper `json:",inline"`
		A     int
	}
	embedsDeep struct {
		embedsLower
		B int
	}
	embedsItself struct {
		*embedsItself
		A int
	}
	shadows struct {
		Upper
		X string
	}
	conflicts struct {
		Upper
		lower
	}
	conflictsPtr struct {
		*Upper
		lower
	}
	tagWins struct {
		Upper
		xTagged
	}
	xTagged struct {
		Z int `json:"X"`
	}
	diamondA struct{ Upper }
	diamondB struct{ Upper }
	diamond  struct {
		diamondA
		diamondB
		A int
	}
	outerShadowsAll struct {
		conflicts
		X, Y int
	}
	unreachable struct {
		unreachableIn
		C int
	}
	unreachableIn struct{ C chan int }
	embedsAny     struct{ namedAny }
)

func init() {
	row[empty]("empty struct")
	row[struct{ A int }]("anonymous struct")
	row[struct{ C chan int }]("anonymous struct with chan")
	row[one]("struct")
	row[mixed]("struct with an unexported field")
	row[hidden]("struct without exported field")
	row[*hidden]("pointer to struct without exported field")
	row[[]hidden]("slice of struct without exported field")
	row[map[string]hidden]("map of struct without exported field")
	row[nested]("nested struct")
	row[tree]("tree")
	row[forest]("forest", forest{Trees: []forest{{}, {Trees: []forest{{}}}}})
	row[byName]("tree by name", byName{Children: map[string]byName{"a": {}}})
	row[withChan]("struct with chan")
	row[*withChan]("pointer to struct with chan")
	row[deepChan]("struct with chan deep down")
	row[ptrChan]("struct with pointer to chan")
	row[sliceChan]("struct with slice of chan")
	row[deepPtr]("struct with func behind a pointer")
	row[withAny]("struct with any")
	row[withError]("struct with error", withError{Err: sampleError})
	row[withIface]("struct with reader", withIface{R: sampleReader})
	row[withTime]("struct with time")
	row[withURL]("struct with URL")
	row[locked]("struct with mutex")
	row[lockedPtr]("struct with pointer to mutex")
	row[lockedIn]("struct with unexported mutex")
	row[atomicIn]("struct with atomic")
	row[blank]("struct with blank field")
	row[noCopied]("struct with noCopy")
	row[emptyArr]("struct with empty array of func")
	row[cached]("struct with unexported cache")

	row[embeds]("embeds a struct")
	row[embedsLower]("embeds an unexported struct")
	row[embedsPtr]("embeds a pointer")
	row[embedsLowerPtr]("embeds a pointer to an unexported struct")
	row[embedsHidden]("embeds a struct without exported field")
	row[embedsPrivate]("embeds an exported struct without exported field")
	row[embedsMutex]("embeds a mutex")
	row[embedsNoCopy]("embeds noCopy")
	row[embedsInt]("embeds an int")
	row[embedsMap]("embeds a map")
	row[embedsError]("embeds an error", embedsError{sampleError, 1})
	row[embedsAny]("embeds an any")
	row[embedsTime]("embeds time")
	row[*embedsTime]("pointer to what embeds time")
	row[embedsTimeAnd]("embeds time beside a field")
	row[[]embedsTimeAnd]("slice of what embeds time beside a field")
	row[embedsDue]("embeds what embeds time beside a field")
	row[embedsDueTwice]("embeds what embeds what embeds time beside a field")
	row[embedsTimeDeep]("embeds what embeds time")
	row[embedsDuePtr]("embeds a pointer to what embeds time")
	row[embedsTimeNoCopy]("embeds time and noCopy")
	row[embedsTimeMutex]("embeds time and a mutex")
	row[embedsTimeHidden]("embeds time beside an unexported field")
	row[embedsTimeDash]("embeds time, tagged away, beside a field")
	row[embedsTimeNamed]("embeds time with a name in JSON beside a field")
	row[namesTime]("names time beside a field")
	row[embedsTimePtr]("embeds a pointer to time")
	row[embedsBigPtr]("embeds a pointer to big.Int")
	row[embedsBig]("embeds big.Int")
	row[embedsTwo]("embeds two with methods")
	row[embedsTwoPtr]("embeds pointers to two with methods")
	row[embedsMarshaler]("embeds an interface that encodes", embedsMarshaler{json.RawMessage("1")})
	row[embedsRaw]("embeds raw JSON")
	row[embedsNamed]("embeds a struct with a name in JSON")
	row[embedsLowerNamed]("embeds an unexported struct with a name in JSON")
	row[embedsLowerPtrNamed]("embeds a pointer to an unexported struct with a name in JSON")
	row[embedsLowerPtrEmpty]("embeds a pointer to an unexported struct with a name in JSON and omitempty")
	row[embedsLowerPtrZero]("embeds a pointer to an unexported struct with a name in JSON and omitzero")
	row[embedsOmit]("embeds a struct with omitempty")
	row[embedsInline]("embeds a struct with inline")
	row[embedsDeep]("embeds what embeds")
	row[embedsItself]("embeds itself")
	row[shadows]("shadows a field")
	row[conflicts]("embeds two with the same fields")
	row[conflictsPtr]("embeds two with the same fields, one by pointer")
	row[tagWins]("embeds two with the same fields, one tagged")
	row[diamond]("embeds the same struct twice")
	row[outerShadowsAll]("shadows what conflicts")
	row[unreachable]("shadows a chan")
}
