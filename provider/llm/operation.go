package llm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"fettle/provider"
)

// instructions open every request; the schema follows. Both are the same for
// every row of a step, so that vendors can cache them: the row's own words
// come last.
const instructions = "You fill in fields of a table of people and companies. Answer with one JSON object that fits the JSON Schema below, " +
	"and with nothing else. Where something is not known, give null if the schema allows it, else an empty string; do not make things up.\n\nJSON Schema:\n"

// operation is an AI step made ready.
type operation struct {
	provider     *Provider
	conn         provider.Connection
	base         string
	model        string
	schema       *schema
	tariff       tariff
	settings     settings
	idempotent   bool
	instructions string
	caps         *capabilities
}

// Info describes the prompt and the outputs of the step's schema.
func (o *operation) Info() provider.OperationInfo {
	d := o.provider.description
	return info(d.Name, d.Title, o.schema.outputs)
}

// Fingerprint identifies model, schema and options. How long the answer may be
// and how often it is repaired do not change what is asked.
func (o *operation) Fingerprint() string {
	asked, err := json.Marshal([]any{o.provider.description.Name, o.model, o.schema.text, o.settings.temperature, o.settings.effort, instructions})
	if err != nil {
		panic(err) // strings and a finite number
	}
	sum := sha256.Sum256(asked)
	return o.provider.description.Name + ":" + hex.EncodeToString(sum[:12])
}

// Recovery says that a lost call may be resent only to a sandbox that takes
// idempotency keys: vendors of models have none.
func (o *operation) Recovery() provider.Recovery { return provider.Recovery{Resend: o.idempotent} }

// Quote bounds the call by the bytes of its prompt and the tokens that its
// answer may have, for every try.
func (o *operation) Quote(call provider.Call) (provider.Quote, bool) {
	q, ok := o.question(call)
	if !ok {
		return provider.Quote{}, false
	}
	said := int64(len(q.system) + len(q.user))
	schemaBytes := int64(len(o.schema.text))
	return o.tariff.quote(tries{
		prompt:    said + schemaCopies*schemaBytes + framingTokens,
		expected:  likelyTokens(said, schemaBytes),
		maxOutput: o.settings.maxOutput,
		output:    o.Answer(),
		repairs:   o.settings.repairs,
	})
}

// question is one request to a model, in no vendor's shape.
type question struct {
	model     string
	system    string
	user      string
	bad       string // the answer before, to be repaired
	complaint string // what is wrong with it
	schema    *schema
	mode      mode
	oldField  bool // max_tokens, where max_completion_tokens is not known
	settings  settings
	key       string // idempotency key, or ""
}

// question makes the first request of a call. It is not ok without a prompt.
func (o *operation) question(call provider.Call) (question, bool) {
	prompt, _ := call.Inputs["prompt"].(string)
	system, _ := call.Inputs["system"].(string)
	if strings.TrimSpace(prompt) == "" {
		return question{}, false
	}
	q := question{model: o.model, system: o.instructions, user: prompt, schema: o.schema, settings: o.settings}
	if strings.TrimSpace(system) != "" {
		q.system += "\n\n" + system
	}
	if o.idempotent {
		q.key = call.Key
	}
	return q, true
}

// Do asks the model, and once more for each repair that the step allows if the
// answer breaks the schema. What was billed on the way is in the result's
// Units, whatever its outcome.
func (o *operation) Do(ctx context.Context, call provider.Call) (provider.Result, error) {
	q, ok := o.question(call)
	if !ok {
		return provider.Result{Outcome: provider.BadInput, Message: "The prompt is empty."}, nil
	}
	if _, ok := o.Quote(call); !ok {
		return provider.Result{Outcome: provider.BadInput, Message: fmt.Sprintf("The prompt is longer than %s takes at its known price.", o.model)}, nil
	}
	var sum provider.Result
	for try := int64(0); ; try++ {
		answer, res := o.ask(ctx, q)
		if res.Outcome != "" {
			return interrupted(sum, res), nil
		}
		sum = o.add(sum, answer, res)
		end, complaint := o.judge(&sum, answer)
		if end {
			return sum, nil
		}
		if try == o.settings.repairs {
			sum.Outcome, sum.Message = provider.Failed, "The answer broke its schema: "+complaint
			return sum, nil
		}
		q.bad, q.complaint = clip(answer.shown(), int(resent(o.settings.maxOutput))), clip(complaint, repairBytes/2)
		if q.key != "" {
			q.key = fmt.Sprintf("%s-repair-%d", call.Key, try+1)
		}
	}
}

// interrupted is the result of a call whose later request did not go through,
// after earlier ones were billed: final, since asking again would pay again.
func interrupted(sum, res provider.Result) provider.Result {
	if sum.Usage.Requests == 0 {
		return res
	}
	if res.Outcome != provider.Unknown {
		sum.Outcome = provider.Failed
	} else {
		sum.Outcome = provider.Unknown
	}
	sum.Message = "The answer broke its schema, and the repair failed: " + res.Message
	sum.HTTPStatus, sum.RetryAfter, sum.Signals = res.HTTPStatus, res.RetryAfter, res.Signals
	return sum
}

// add books a request that was answered.
func (o *operation) add(sum provider.Result, answer reply, res provider.Result) provider.Result {
	sum.Units += o.tariff.cost(answer.used)
	sum.Usage.Input += answer.used.Input
	sum.Usage.Output += answer.used.Output
	sum.Usage.CacheRead += answer.used.CacheRead
	sum.Usage.CacheWrite += answer.used.CacheWrite
	sum.Usage.Requests++
	sum.Model = answer.model
	if sum.Model == "" {
		sum.Model = o.model
	}
	sum.HTTPStatus, sum.Raw, sum.Signals = res.HTTPStatus, res.Raw, res.Signals
	return sum
}

// judge says what an answer is worth. It is not the end if the answer breaks
// the schema, which a repair may mend.
func (o *operation) judge(sum *provider.Result, answer reply) (end bool, complaint string) {
	switch answer.finish {
	case declined:
		sum.Outcome, sum.Message = provider.Failed, "The model refused: "+clip(answer.refusal, 300)
		return true, ""
	case filtered:
		sum.Outcome, sum.Message = provider.Failed, "The vendor's content filter stopped the answer."
		return true, ""
	case outOfTokens:
		sum.Outcome = provider.Failed
		sum.Message = fmt.Sprintf("The answer ran into the limit of %d tokens; raise max_output_tokens.", o.settings.maxOutput)
		return true, ""
	case failedUpstream:
		sum.Outcome, sum.Message = provider.Failed, "The server says that the model failed, and counts its tokens. "+clip(answer.problem, 300)
		return true, ""
	case stopped:
	}
	outputs, complaint := o.schema.read(answer.candidates()...)
	if complaint != "" {
		return false, complaint
	}
	sum.Outcome, sum.Outputs = provider.Found, outputs
	if len(outputs) == 0 {
		sum.Outcome, sum.Outputs = provider.NotFound, nil
	}
	return true, ""
}

// clip cuts text to at most n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
