package llm

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"fettle/provider"
)

// unstated is a count that an answer does not give, or that can be no count.
const unstated = -1

// figures are the counts of tokens that an answer states, as far as each can
// be a count. README.md has the table of what is booked for which.
type figures struct {
	prompt, output, total, reasoning int64
	cacheRead, cacheWrite            int64 // of the prompt, or beside it
	// beside says that the cache's counts stand beside the prompt's by their
	// definition, and may that they can.
	beside, mayBeside bool
}

// readFigures reads usage objects in any vendor's spelling; the first that
// holds a count is taken.
func readFigures(usages ...json.RawMessage) figures {
	f := figuresOf(nil)
	for _, raw := range usages {
		var top map[string]any
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.UseNumber()
		if d.Decode(&top) != nil {
			top = nil
		}
		if f = figuresOf(top); max(f.prompt, f.output, f.total) > unstated {
			return f
		}
	}
	return f
}

func figuresOf(top map[string]any) figures {
	stated, detail := counts{}, counts{}
	for name, v := range top {
		if inner, ok := v.(map[string]any); ok {
			for name, v := range inner {
				detail.put(name, v)
			}
			continue
		}
		stated.put(name, v)
	}
	either := func(names ...string) int64 {
		if n := stated.most(names...); n != unstated {
			return n
		}
		return detail.most(names...)
	}
	prompt := either("prompttokens", "prompttokencount")
	f := figures{
		prompt:    max(prompt, either("inputtokens", "inputtokencount", "promptevalcount")),
		output:    either("completiontokens", "outputtokens", "candidatestokencount", "completiontokencount", "outputtokencount", "evalcount"),
		total:     either("totaltokens", "totaltokencount"),
		reasoning: max(stated.most(reasoningNames...), detail.most(reasoningNames...)),
		cacheRead: max(
			stated.most("cachedtokens", "cachedcontenttokencount", "promptcachehittokens", "cachedprompttokens", "cachedinputtokens"),
			detail.most("cachedtokens", "cachereadtokens"),
		),
		cacheWrite: detail.most("cachewritetokens", "cachecreationtokens"),
	}
	read := stated.most("cachereadinputtokens", "cachereadtokens")
	write := stated.most("cachecreationinputtokens", "cachewriteinputtokens", "cachewritetokens")
	if byAge := max(0, detail.most("ephemeral5minputtokens")) + max(0, detail.most("ephemeral1hinputtokens")); byAge > 0 {
		write = max(write, byAge)
	}
	f.mayBeside = read > 0 || write > 0
	f.beside = f.mayBeside && prompt == unstated
	f.cacheRead, f.cacheWrite = max(f.cacheRead, read), max(f.cacheWrite, write)
	return f
}

var reasoningNames = []string{"reasoningtokens", "reasoningtokencount", "thoughtstokencount", "thoughttokens", "thoughtstokens", "thinkingtokens", "thoughts"}

// counts are what an object says, by spelling.
type counts map[string]int64

func (c counts) put(name string, v any) {
	key, n := spelling(name), tokensOf(v)
	if known, ok := c[key]; !ok || n > known {
		c[key] = n
	}
}

// most is the highest of what the names say.
func (c counts) most(names ...string) int64 {
	n := int64(unstated)
	for _, name := range names {
		if v, ok := c[name]; ok {
			n = max(n, v)
		}
	}
	return n
}

// spelling makes prompt_tokens, promptTokens and Prompt-Tokens one.
func spelling(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// tokensOf reads a count, written as a number or as text; a part of a token is
// a token. What can be no count is unstated.
func tokensOf(v any) int64 {
	text := ""
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = strings.ReplaceAll(strings.TrimSpace(v), ",", "")
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || n < 0 {
		return unstated
	}
	return int64(math.Ceil(min(n, maxTokens)))
}

// ceiling is what is known of a request whatever its answer says.
type ceiling struct {
	prompt int64 // most tokens of its prompt
	output int64 // most tokens that it asked for
	said   int64 // bytes of what came back
}

// bytesPerToken is more than a token of any tokenizer holds on average over a
// text whose repetitions are left out.
const bytesPerToken = 32

// booked is the dearest of what the figures allow; where they allow nothing
// sound, the most that the request can have used.
func (f figures) booked(t tariff, b ceiling) provider.Usage {
	var dearest provider.Usage
	for i, used := range f.readings(t, b) {
		used.Requests = 1
		if i == 0 || t.tokens(used) > t.tokens(dearest) {
			dearest = used
		}
	}
	return dearest
}

// readings are the ways to understand the figures.
func (f figures) readings(t tariff, b ceiling) []provider.Usage {
	if f.output == 0 && (b.said > 0 || f.prompt <= 0 && f.total <= 0) {
		f.output = unstated // a text was written, or nothing was counted
	}
	prompts := f.prompts()
	if prompts == nil && f.output == unstated && f.total > 0 {
		return []provider.Usage{f.split(t, b)}
	}
	if prompts == nil {
		prompts = []provider.Usage{t.dearestPrompt(b.prompt)}
	}
	for i := range prompts {
		prompts[i].Output = f.outputOf(count(prompts[i].Input)+count(prompts[i].CacheRead)+count(prompts[i].CacheWrite), b)
	}
	return prompts
}

// prompts are the ways to understand what was read; nil if nothing is told.
func (f figures) prompts() []provider.Usage {
	read, write := max(0, f.cacheRead), max(0, f.cacheWrite)
	prompt := f.prompt
	if prompt <= 0 {
		switch {
		case f.beside && read+write > 0:
			prompt = 0 // all of it was in the cache
		case f.output > 0 && f.total > f.output:
			prompt = f.total - f.output
		default:
			return nil
		}
	}
	inside := provider.Usage{Input: prompt}
	if read+write <= prompt {
		inside = provider.Usage{Input: prompt - read - write, CacheRead: read, CacheWrite: write}
	}
	all := []provider.Usage{inside}
	together := prompt + read + write
	if f.beside || (f.mayBeside || read+write > prompt) && (f.total == unstated || f.total >= together+max(0, f.output)) {
		all = append(all, provider.Usage{Input: prompt, CacheRead: read, CacheWrite: write})
	}
	return all
}

// outputOf is the most that can have been written, if so much was read.
func (f figures) outputOf(prompt int64, b ceiling) int64 {
	most := f.output
	if f.output >= 0 && f.reasoning > 0 && (f.reasoning > f.output || f.total < prompt+f.output) {
		most = f.output + f.reasoning // a total that holds both would show that it is inside
	}
	if rest := f.total - prompt; f.total >= 0 && (rest > 0 || rest == 0 && b.said == 0) {
		most = max(most, rest)
	}
	if most == unstated || most < f.reasoning {
		most = max(b.output, f.reasoning)
	}
	return max(most, (b.said+bytesPerToken-1)/bytesPerToken)
}

// split divides a total that stands alone over the prompt and the answer, at
// the highest price.
func (f figures) split(t tariff, b ceiling) provider.Usage {
	read := t.dearestPrompt(1)
	output := min(f.total, max(b.output, f.total-b.prompt))
	if t.tokens(read) > int64(t.Output) {
		output = max(0, f.total-b.prompt)
	}
	used := t.dearestPrompt(f.total - output)
	used.Output = max(output, f.reasoning, (b.said+bytesPerToken-1)/bytesPerToken)
	return used
}

// dearestPrompt is a prompt that is read in the dearest way.
func (t tariff) dearestPrompt(tokens int64) provider.Usage {
	switch max(t.Input, t.CacheRead, t.CacheWrite) {
	case t.Input:
		return provider.Usage{Input: tokens}
	case t.CacheWrite:
		return provider.Usage{CacheWrite: tokens}
	default:
		return provider.Usage{CacheRead: tokens}
	}
}

// textBytes counts the bytes of a text, a repeated one once: tokens hold long
// runs of spaces, dashes and their like.
func textBytes(s string) int64 {
	var n int64
	for i := range len(s) {
		if i == 0 || s[i] != s[i-1] {
			n++
		}
	}
	return n
}
