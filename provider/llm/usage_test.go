package llm

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fettle/provider"
)

// What README.md says is booked for which figures: a prompt of at most 900
// tokens, an answer of at most 100, and 22 bytes that came back.
func TestWhatIsBooked(t *testing.T) {
	type want = provider.Usage
	for usage, want := range map[string]want{
		// stated in full
		`{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110}`:                                                       {Input: 100, Output: 10},
		`{"prompt_tokens":100,"completion_tokens":10}`:                                                                          {Input: 100, Output: 10},
		`{"input_tokens":100,"output_tokens":10}`:                                                                               {Input: 100, Output: 10},
		`{"promptTokenCount":100,"candidatesTokenCount":10,"totalTokenCount":110}`:                                              {Input: 100, Output: 10},
		`{"inputTokens":100,"outputTokens":10,"totalTokens":110}`:                                                               {Input: 100, Output: 10},
		`{"billed_units":{"input_tokens":100,"output_tokens":10}}`:                                                              {Input: 100, Output: 10},
		`{"prompt_tokens":"100","completion_tokens":"10","total_tokens":"110"}`:                                                 {Input: 100, Output: 10},
		`{"prompt_tokens":100.0,"completion_tokens":9.2,"total_tokens":110.0}`:                                                  {Input: 100, Output: 10},
		`{"prompt_tokens":100,"completion_tokens":10,"output_tokens":12}`:                                                       {Input: 100, Output: 12},
		`{"prompt_tokens":100,"completion_tokens":0,"output_tokens":12}`:                                                        {Input: 100, Output: 12},
		`{"prompt_tokens":100,"completion_tokens":510,"total_tokens":610,"completion_tokens_details":{"reasoning_tokens":500}}`: {Input: 100, Output: 510},
		// no output, or an impossible one
		`{"prompt_tokens":100,"completion_tokens":0,"total_tokens":110}`:      {Input: 100, Output: 10},
		`{"prompt_tokens":100,"total_tokens":110}`:                            {Input: 100, Output: 10},
		`{"prompt_tokens":100,"completion_tokens":-10,"total_tokens":110}`:    {Input: 100, Output: 10},
		`{"prompt_tokens":100,"completion_tokens":"many","total_tokens":110}`: {Input: 100, Output: 10},
		`{"prompt_tokens":100,"completion_tokens":0}`:                         {Input: 100, Output: 100},
		`{"prompt_tokens":100}`:                                               {Input: 100, Output: 100},
		`{"prompt_tokens":100,"completion_tokens":null}`:                      {Input: 100, Output: 100},
		`{"prompt_tokens":100,"completion_tokens":-1}`:                        {Input: 100, Output: 100},
		`{"prompt_tokens":100,"completion_tokens":0,"total_tokens":100}`:      {Input: 100, Output: 100},
		`{"prompt_tokens":100,"total_tokens":90}`:                             {Input: 100, Output: 100},
		// totals that are no sum
		`{"prompt_tokens":100,"completion_tokens":10,"total_tokens":610}`: {Input: 100, Output: 510},
		`{"prompt_tokens":100,"completion_tokens":10,"total_tokens":50}`:  {Input: 100, Output: 10},
		`{"prompt_tokens":100,"completion_tokens":10,"total_tokens":0}`:   {Input: 100, Output: 10},
		`{"prompt_tokens":100,"completion_tokens":10,"total_tokens":-1}`:  {Input: 100, Output: 10},
		// reasoning beside the answer
		`{"prompt_tokens":100,"completion_tokens":10,"total_tokens":610,"completion_tokens_details":{"reasoning_tokens":500}}`: {Input: 100, Output: 510},
		`{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,"completion_tokens_details":{"reasoning_tokens":500}}`: {Input: 100, Output: 510},
		`{"prompt_tokens":100,"completion_tokens":10,"total_tokens":310,"completion_tokens_details":{"reasoning_tokens":500}}`: {Input: 100, Output: 510},
		`{"prompt_tokens":100,"completion_tokens":60,"reasoning_tokens":50}`:                                                   {Input: 100, Output: 110},
		`{"prompt_tokens":100,"completion_tokens":60,"total_tokens":160,"reasoning_tokens":50}`:                                {Input: 100, Output: 60},
		`{"promptTokenCount":100,"candidatesTokenCount":10,"thoughtsTokenCount":500,"totalTokenCount":610}`:                    {Input: 100, Output: 510},
		`{"prompt_tokens":100,"completion_tokens":10,"thoughts":500}`:                                                          {Input: 100, Output: 510},
		`{"prompt_tokens":100,"reasoning_tokens":500}`:                                                                         {Input: 100, Output: 500},
		// caches
		`{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,"prompt_tokens_details":{"cached_tokens":90}}`:           {Input: 10, CacheRead: 90, Output: 10},
		`{"prompt_tokens":100,"completion_tokens":10,"prompt_cache_hit_tokens":90,"prompt_cache_miss_tokens":10}`:                {Input: 10, CacheRead: 90, Output: 10},
		`{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,"prompt_tokens_details":{"cached_tokens":900}}`:          {Input: 100, Output: 10},
		`{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":900}}`:                             {Input: 100, CacheRead: 900, Output: 10},
		`{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":-5}}`:                              {Input: 100, Output: 10},
		`{"input_tokens":100,"cache_read_input_tokens":1000,"cache_creation_input_tokens":200,"output_tokens":10}`:               {Input: 100, CacheRead: 1000, CacheWrite: 200, Output: 10},
		`{"input_tokens":0,"cache_read_input_tokens":1000,"output_tokens":10}`:                                                   {CacheRead: 1000, Output: 10},
		`{"input_tokens":5,"output_tokens":10,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30}}`: {Input: 5, Output: 10, CacheWrite: 50},
		`{"prompt_tokens":1100,"completion_tokens":10,"total_tokens":1110,"cache_read_input_tokens":1000}`:                       {Input: 100, CacheRead: 1000, Output: 10},
		`{"prompt_tokens":1100,"completion_tokens":10,"cache_read_input_tokens":1000}`:                                           {Input: 1100, CacheRead: 1000, Output: 10},
		`{"input_tokens":1100,"output_tokens":10,"total_tokens":1110,"input_tokens_details":{"cached_tokens":1000}}`:             {Input: 100, CacheRead: 1000, Output: 10},
		// no prompt, or an impossible one
		`{"completion_tokens":10,"total_tokens":110}`:                      {Input: 100, Output: 10},
		`{"prompt_tokens":0,"completion_tokens":10}`:                       {CacheWrite: 900, Output: 10},
		`{"prompt_tokens":-100,"completion_tokens":10,"total_tokens":110}`: {Input: 100, Output: 10},
		`{"completion_tokens":10}`:                                         {CacheWrite: 900, Output: 10},
		// a total alone: as much of it written as can be
		`{"total_tokens":110}`:  {CacheWrite: 10, Output: 100},
		`{"total_tokens":60}`:   {Output: 60},
		`{"total_tokens":5000}`: {CacheWrite: 900, Output: 4100},
		`{"prompt_tokens":0,"completion_tokens":0,"total_tokens":110}`: {CacheWrite: 10, Output: 100},
		// nothing
		`null`: {CacheWrite: 900, Output: 100},
		`{}`:   {CacheWrite: 900, Output: 100},
		`"?"`:  {CacheWrite: 900, Output: 100},
		`[]`:   {CacheWrite: 900, Output: 100},
		`{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}`:          {CacheWrite: 900, Output: 100},
		`{"prompt_tokens":null,"completion_tokens":null,"total_tokens":null}`: {CacheWrite: 900, Output: 100},
		`{"prompt_tokens":true,"completion_tokens":[1]}`:                      {CacheWrite: 900, Output: 100},
		// beyond what was asked for, which is an overrun
		`{"prompt_tokens":5000000,"completion_tokens":900000,"total_tokens":5900000}`: {Input: 5_000_000, Output: 900_000},
		`{"prompt_tokens":1e300,"completion_tokens":1}`:                               {Input: maxTokens, Output: 1},
	} {
		want.Requests = 1
		tf := tariff{provider.ModelPrice{Input: 4, Output: 20, CacheRead: 1, CacheWrite: 5}}
		if got := readFigures(json.RawMessage(usage)).booked(tf, ceiling{prompt: 900, output: 100, said: 22}); got != want {
			t.Errorf("%s\nbooked %+v\nwant   %+v", usage, got, want)
		}
	}
}

func TestATextCostsAtLeastItsTokens(t *testing.T) {
	tf := tariff{provider.ModelPrice{Input: 4, Output: 20, CacheRead: 1, CacheWrite: 5}}
	f := readFigures(json.RawMessage(`{"prompt_tokens":100,"completion_tokens":1}`))
	text := strings.Repeat("seven or eight words of an answer. ", 100)
	if got := f.booked(tf, ceiling{prompt: 900, output: 1000, said: textBytes(text)}); got.Output < 80 {
		t.Errorf("%d tokens for %d bytes", got.Output, len(text))
	}
	if got := textBytes(strings.Repeat("-", 1000)); got != 1 {
		t.Errorf("a line of dashes counts as %d bytes", got)
	}
	if got := readFigures(json.RawMessage(`{"prompt_tokens":100,"completion_tokens":0}`)).booked(tf, ceiling{prompt: 900, output: 1000}); got.Output != 0 {
		t.Errorf("nothing was written, %d tokens are booked", got.Output)
	}
}

func TestTheFirstUsageThatCountsIsRead(t *testing.T) {
	f := readFigures(nil, json.RawMessage(`{}`), json.RawMessage(`{"promptTokenCount":7}`), json.RawMessage(`{"prompt_tokens":9}`))
	if f.prompt != 7 {
		t.Errorf("%+v", f)
	}
}

// Whatever the figures, what is booked covers every way of reading them, and is
// no more than all that is stated, or than the most that was asked for.
func TestBookedCoversEveryReading(t *testing.T) {
	figure := rapid.OneOf(rapid.Just(int64(-7)), rapid.Just(int64(unstated)), rapid.Just(int64(0)), rapid.Int64Range(1, 5000))
	price := rapid.Int64Range(0, 50*int64(provider.Unit))
	rapid.Check(t, func(t *rapid.T) {
		tf := tariff{provider.ModelPrice{
			Input: provider.Units(price.Draw(t, "in")), Output: provider.Units(price.Draw(t, "out")),
			CacheRead: provider.Units(price.Draw(t, "read")), CacheWrite: provider.Units(price.Draw(t, "write")),
		}}
		b := ceiling{prompt: 1000, output: 200, said: rapid.Int64Range(0, 100).Draw(t, "said")}
		stated := map[string]int64{}
		for _, name := range []string{"prompt_tokens", "completion_tokens", "total_tokens", "reasoning_tokens", "cached_tokens"} {
			if n := figure.Draw(t, name); n != unstated {
				stated[name] = n
			}
		}
		raw, err := json.Marshal(stated)
		if err != nil {
			t.Fatal(err)
		}
		booked := tf.cost(readFigures(raw).booked(tf, b))
		sound := func(name string) int64 { return max(0, stated[name]) }
		prompt, output, total := sound("prompt_tokens"), sound("completion_tokens"), sound("total_tokens")
		reasoning, cached := sound("reasoning_tokens"), sound("cached_tokens")

		readings := []provider.Usage{{Output: output}, {Output: reasoning}}
		if cached <= prompt {
			readings = append(readings, provider.Usage{Input: prompt - cached, CacheRead: cached, Output: output})
			if prompt > 0 && total > prompt {
				readings = append(readings, provider.Usage{Input: prompt - cached, CacheRead: cached, Output: total - prompt})
			}
		}
		if reasoning > output || total < prompt+output {
			readings = append(readings, provider.Usage{Output: output + reasoning})
		}
		if output > 0 && total > output && prompt == 0 {
			read := total - output
			if cached > read {
				cached = 0 // a cache that holds more than was read is no reading
			}
			readings = append(readings, provider.Usage{Input: read - cached, CacheRead: cached, Output: output})
		}
		if prompt == 0 && total <= output {
			readings = append(readings, tf.dearestPrompt(b.prompt))
		}
		if b.said > 0 && output == 0 && total <= prompt {
			readings = append(readings, provider.Usage{Output: b.output})
		}
		for _, r := range readings {
			if tf.cost(r) > booked {
				t.Fatalf("%s: booked %d, but %+v costs %d", raw, booked, r, tf.cost(r))
			}
		}
		highest := tf.highest(max(b.prompt, prompt+cached, total), max(b.output, output+reasoning, total))
		if booked > highest {
			t.Fatalf("%s: booked %d, the highest is %d", raw, booked, highest)
		}
	})
}

func FuzzUsage(f *testing.F) {
	for _, seed := range []string{`{"prompt_tokens":1}`, `{"usage":{"a":1}}`, `[1]`, `{"output_tokens":"1e999"}`, `{"total_tokens":-0.5,"thoughts":3}`} {
		f.Add(seed, int64(3))
	}
	tf := tariff{provider.ModelPrice{Input: maxPrice, Output: maxPrice, CacheRead: maxPrice, CacheWrite: maxPrice, Request: maxPrice}}
	f.Fuzz(func(t *testing.T, usage string, said int64) {
		got := readFigures(json.RawMessage(usage)).booked(tf, ceiling{prompt: 10, output: 10, said: min(max(0, said), maxAnswer)})
		if tf.cost(got) <= 0 || min(got.Input, got.Output, got.CacheRead, got.CacheWrite) < 0 {
			t.Error(usage, fmt.Sprintf("%+v", got))
		}
	})
}
