package llm

import "encoding/json"

// What is taken for the length of an answer while none was seen. These are
// guesses from the schema alone, in tokens; what a model really wrote takes
// their place from the first answers on.
const (
	likelyBytes = 4 // of a token
	// maxLengthShare is which part of max_length a text is taken to fill: people
	// set it as a bound with headroom, so that few answers are cut or refused.
	maxLengthShare = 1.0 / 3
	usualText      = 60 // a text without a bound: two or three sentences
	usualItems     = 3  // a list without a bound
	braces         = 4  // of an object or a list
)

// reasoning is how many tokens a model is taken to think before it answers, by
// the effort that is asked for. It is billed as output.
var reasoning = map[string]float64{"low": 150, "medium": 500, "high": 1500, "xhigh": 3000, "max": 5000}

// formatTokens are texts whose length their format says.
var formatTokens = map[string]float64{"date": 6, "date-time": 12, "email": 10, "uri": 18}

// likelySize is how many tokens a value of a schema is taken to have.
func likelySize(s map[string]any) float64 {
	if all, ok := s["enum"].([]any); ok && len(all) > 0 {
		sum := 0.0
		for _, v := range all {
			sum += written(v)
		}
		return sum / float64(len(all))
	}
	if v, ok := s["const"]; ok {
		return written(v)
	}
	if ways, ok := s["anyOf"].([]any); ok {
		most := 0.0
		for _, x := range ways {
			if one, is := x.(map[string]any); is {
				most = max(most, likelySize(one))
			}
		}
		return most
	}
	most := 0.0
	for _, name := range typeNames(s) { // of several the longest, which is not null
		most = max(most, likelyOf(name, s))
	}
	return most
}

func likelyOf(name string, s map[string]any) float64 {
	switch name {
	case "integer", "boolean", "null":
		return 2
	case "number":
		return 4
	case "array":
		items, _ := s["items"].(map[string]any)
		n := bounded(s, "minItems", "maxItems", usualItems, 1)
		return braces + n*(likelySize(items)+1)
	case "object":
		sum := float64(braces)
		properties, _ := s["properties"].(map[string]any)
		for key, p := range properties {
			if one, is := p.(map[string]any); is {
				sum += keySize(key) + likelySize(one)
			}
		}
		return sum
	}
	if format, ok := s["format"].(string); ok && formatTokens[format] > 0 {
		return formatTokens[format]
	}
	return bounded(s, "minLength", "maxLength", usualText, likelyBytes)
}

// bounded is the size of what has a lowest and a highest bound, in units of so
// many.
func bounded(s map[string]any, lowest, highest string, usual, unit float64) float64 {
	n := usual
	if most, ok := asNumber(s[highest]); ok {
		n = most * maxLengthShare / unit
	}
	if least, ok := asNumber(s[lowest]); ok {
		n = max(n, least/unit)
	}
	return n
}

// keySize is a property's name with its quotes, colon and comma.
func keySize(name string) float64 { return float64(len(name))/likelyBytes + 3 }

// written is the size of a value that is known.
func written(v any) float64 {
	text, err := json.Marshal(v)
	if err != nil {
		return 1
	}
	return max(1, float64(len(text))/likelyBytes)
}
