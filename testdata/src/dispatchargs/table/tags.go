package table

import (
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

type (
	tagName struct {
		A int `json:"a b/ü"`
	}
	tagDash struct {
		A int
		B chan int `json:"-"`
	}
	tagOnlyDash struct {
		B chan int `json:"-"`
	}
	tagDashComma struct {
		A int `json:"-,"`
	}
	tagQuotedDash struct {
		A int `json:"'-'"`
	}
	tagEmpty struct {
		A int `json:""`
	}
	tagComma struct {
		A int `json:","`
	}
	tagTrailing struct {
		A int `json:"a,omitzero,"`
	}
	tagTwice struct {
		A int `json:"a,omitzero,omitzero"`
	}
	tagUnknown struct {
		A int `json:"a,whatever"`
	}
	tagMisspelt struct {
		A int `json:"a,omitEmpty"`
	}
	tagMissedSep struct {
		A int `json:"a;omitempty"`
	}
	tagQuote struct {
		A int `json:"it's"`
	}
	tagBackslash struct {
		A int `json:"a\\b"`
	}
	tagUTF8 struct {
		A int "json:\"a\xff\""
	}
	tagSpace struct {
		A int `json:"a, omitzero"`
	}
	tagHidden struct {
		A int
		b int `json:"b"`
	}
	tagHiddenDash struct {
		A int
		b int `json:"-"`
	}
	tagSame struct {
		A int `json:"x"`
		B int `json:"x"`
	}
	tagSameAs struct {
		A int
		B int `json:"A"`
	}
	tagCase struct {
		A int `json:"a,case:ignore"`
	}
	tagCaseStrict struct {
		A int `json:"a,case:strict"`
	}
	tagCaseNone struct {
		A int `json:"a,case"`
	}
	tagCaseOther struct {
		A int `json:"a,case:lower"`
	}
	tagFormat struct {
		A time.Time `json:"a,format:RFC3339"`
	}
	tagFormatLess struct {
		A time.Time `json:"a,format"`
	}
	tagOmitEmpty struct {
		A []int          `json:",omitempty"`
		B map[string]int `json:",omitempty"`
		C string         `json:",omitempty"`
		D *int           `json:",omitempty"`
	}
	tagOmitZero struct {
		A int       `json:",omitzero"`
		B time.Time `json:",omitzero"`
		C one       `json:",omitzero"`
	}
	zeroer    struct{ S string }
	tagZeroer struct {
		A zeroer `json:",omitzero"`
	}
	tagZeroerAlone struct {
		A struct{ zeroer } `json:",omitzero"`
	}
	tagZeroerBeside struct {
		A struct {
			zeroer
			B int
		} `json:",omitzero"`
	}
	tagZeroerNil struct {
		A struct{ *Zeroer } `json:",omitzero"`
	}
	Zeroer        struct{ S string }
	tagSingleZero struct {
		A struct{ B [0]tagFormat } `json:",omitzero"`
	}
	tagSingle struct {
		A struct{ B [0]tagFormat }
		C struct {
			D [0]tagFormat `json:",format"`
		}
	}
	tagMutexZero struct {
		*mutexZero
		B int
	}
	mutexZero struct {
		C sync.Mutex `json:",omitzero"`
	}
	tagChanEmpty struct {
		A int
		C chan int `json:",omitempty"`
	}
	tagChanZero struct {
		A int
		C chan int `json:",omitzero"`
	}
	tagArrEmpty struct {
		A int
		C [1]chan int `json:",omitempty"`
	}

	spareString struct {
		A *string `json:",omitempty"`
	}
	spareSlice struct {
		A *[]int `json:",omitempty"`
	}
	spareStruct struct {
		A *struct {
			B int `json:",omitzero"`
		} `json:",omitempty"`
	}

	stringInt struct {
		A int `json:",string"`
	}
	stringUint struct {
		A uint8 `json:"a,string"`
	}
	stringFloat struct {
		A float64 `json:",string"`
	}
	stringDur struct {
		A time.Duration `json:",string"`
	}
	stringPtr struct {
		A *int `json:",string"`
	}
	stringPtrPtr struct {
		A **int `json:",string"`
	}
	stringString struct {
		A string `json:",string"`
	}
	stringStrPtr struct {
		A *string `json:",string"`
	}
	stringBool struct {
		A bool `json:",string"`
	}
	stringSlice struct {
		A []int `json:",string"`
	}
	stringBytes struct {
		A []byte `json:",string"`
	}
	stringMap struct {
		A map[string]int `json:",string"`
	}
	stringStruct struct {
		A one `json:",string"`
	}
	stringAny struct {
		A any `json:",string"`
	}
	stringTime struct {
		A time.Time `json:",string"`
	}
	stringPair struct {
		A pair `json:",string"`
	}
	stringOmit struct {
		A string `json:",string,omitzero"`
	}

	embedStruct struct {
		A one `json:",embed"`
		B int
	}
	embedPtr struct {
		A *one `json:",embed"`
		B int
	}
	embedMap struct {
		A map[string]int `json:",embed"`
		B int
	}
	embedNamedMap struct {
		A map[namedString]chan int `json:",embed"`
		B int
	}
	embedRaw struct {
		A jsontext.Value `json:",embed"`
		B int
	}
	embedInt struct {
		A int `json:",embed"`
		B int
	}
	embedIntMap struct {
		A map[int]string `json:",embed"`
		B int
	}
	embedTime struct {
		A time.Time `json:",embed"`
		B int
	}
	embedTwo struct {
		A, B map[string]int `json:",embed"`
	}
	embedNamed struct {
		A one `json:"a,embed"`
		B int
	}
	embedOmit struct {
		A one `json:",embed,omitzero"`
		B int
	}
	embedTextMap struct {
		A map[textKey]int `json:",embed"`
		B int
	}
	rest struct {
		Rest map[string]int `json:",embed"`
	}
	Raw struct {
		Raw jsontext.Value `json:",embed"`
	}
	embedDeepMap struct {
		rest
		A int
	}
	embedDeepMapPtr struct {
		*rest
		A int
	}
	embedDeepMapPtrs struct {
		*Raw
		A int
	}
	embedDeepRawPtr struct {
		*raws
		A int
	}
	raws struct {
		Raw jsontext.Value `json:",embed"`
	}
	embedMapAndDeep struct {
		Rest map[string]int `json:",embed"`
		Raw
	}
	embedTwoDeep struct {
		rest
		Raw
	}
	embedTwoDeepAndOne struct {
		rest
		Raw
		More map[string]bool `json:",embed"`
	}
)

func init() {
	row[tagName]("tag with a name of any letters")
	row[tagDash]("tag -")
	row[tagOnlyDash]("tag - on the only field")
	row[tagDashComma]("tag -,")
	row[tagQuotedDash]("tag '-'")
	row[tagEmpty]("tag empty")
	row[tagComma]("tag ,")
	row[tagTrailing]("tag with a comma at the end")
	row[tagTwice]("tag with an option twice")
	row[tagUnknown]("tag with an unknown option")
	row[tagMisspelt]("tag with a misspelt option")
	row[tagMissedSep]("tag with a semicolon")
	row[tagQuote]("tag with a quote")
	row[tagBackslash]("tag with a backslash")
	row[tagUTF8]("tag that is not UTF-8")
	row[tagSpace]("tag with a space before an option")
	row[tagHidden]("tag on an unexported field")
	row[tagHiddenDash]("tag - on an unexported field")
	row[tagSame]("tags with the same name")
	row[tagSameAs]("tag with the name of a field")
	row[tagCase]("tag case:ignore")
	row[tagCaseStrict]("tag case:strict")
	row[tagCaseNone]("tag case")
	row[tagCaseOther]("tag case:lower")
	row[tagFormat]("tag format:RFC3339")
	row[tagFormatLess]("tag format")
	row[tagOmitEmpty]("tag omitempty")
	row[tagOmitZero]("tag omitzero")
	row("tag omitempty on pointer to empty string", spareString{new(string)})
	row("tag omitempty on pointer to empty slice", spareSlice{&[]int{}})
	row("tag omitempty on pointer to struct without members", spareStruct{&struct {
		B int `json:",omitzero"`
	}{}})
	policy("tag omitempty on empty slice", "omitempty leaves out what is empty in JSON", tagOmitEmpty{A: []int{}})
	row[tagZeroer]("tag omitzero on a type with IsZero")
	row[tagZeroerAlone]("tag omitzero on a type with the IsZero of the only field")
	row("tag omitzero on a type with the IsZero of one field", tagZeroerBeside{A: struct {
		zeroer
		B int
	}{B: 1}})
	row[tagZeroerNil]("tag omitzero on a type with the IsZero of a pointer")
	row[tagSingleZero]("tag omitzero on what has one value only")
	row[tagSingle]("what has one value only")
	policy[tagMutexZero]("tag omitzero on a mutex behind a pointer", "it is refused when it is locked")
	row[tagChanEmpty]("tag omitempty on chan")
	row[tagChanZero]("tag omitzero on chan")
	row[tagArrEmpty]("tag omitempty on array of chan")

	row[stringInt]("tag string on int")
	row[stringUint]("tag string on uint8")
	row[stringFloat]("tag string on float64")
	row[stringDur]("tag string on duration")
	row[stringPtr]("tag string on pointer to int")
	row[stringPtrPtr]("tag string on pointer to pointer to int")
	row[stringString]("tag string on string")
	row[stringStrPtr]("tag string on pointer to string")
	row[stringBool]("tag string on bool")
	row[stringSlice]("tag string on slice")
	row[stringBytes]("tag string on bytes")
	row[stringMap]("tag string on map")
	row[stringStruct]("tag string on struct")
	row[stringAny]("tag string on any")
	row[stringTime]("tag string on time")
	row[stringPair]("tag string on what encodes itself")
	row[stringOmit]("tag string and omitzero on string")

	row[embedStruct]("tag embed on struct")
	row[embedPtr]("tag embed on pointer to struct")
	row[embedMap]("tag embed on map")
	row[embedNamedMap]("tag embed on map of chan")
	row[embedRaw]("tag embed on raw JSON")
	row[embedInt]("tag embed on int")
	row[embedIntMap]("tag embed on map by int")
	row[embedTime]("tag embed on time")
	row[embedTwo]("tag embed on two maps")
	row[embedNamed]("tag embed with a name")
	row[embedOmit]("tag embed with omitzero")
	row[embedTextMap]("tag embed on map by what encodes itself")
	row[embedDeepMap]("tag embed on map in an embedded struct")
	row[embedDeepMapPtr]("tag embed on map behind an embedded pointer to an unexported struct")
	row[embedDeepMapPtrs]("tag embed on raw JSON behind an embedded pointer")
	row[embedDeepRawPtr]("tag embed on raw JSON behind an embedded pointer to an unexported struct")
	row("tag embed on a map and on raw JSON below", embedMapAndDeep{map[string]int{"a": 1}, Raw{jsontext.Value(`{"b":2}`)}})
	row("tag embed in two embedded structs", embedTwoDeep{rest{map[string]int{"a": 1}}, Raw{jsontext.Value(`{"b":2}`)}})
	row("tag embed in two embedded structs and beside them", embedTwoDeepAndOne{rest{map[string]int{"a": 1}}, Raw{jsontext.Value(`{"b":2}`)}, map[string]bool{"c": true}})
}

func (z zeroer) IsZero() bool { return z == zeroer{} }
func (z Zeroer) IsZero() bool { return z == Zeroer{} }
