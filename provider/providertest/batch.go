package providertest

import (
	"net/http"
	"testing"

	"fettle/provider"
)

// batches tests an operation that asks for several records in one request. The
// case's Answer has results for the keys k1 and k2.
func (c Case) batches(t *testing.T) {
	conn, _ := c.server(t, c.Answer)
	if _, is := c.prepare(t, conn).(provider.Batcher); !is {
		t.Skip("it asks for one record at a time")
	}
	t.Run("many are one request", c.oneRequest)
	t.Run("what is wrong with a request is said of all", c.wholeRequests)
	t.Run("one that cannot be asked leaves the request", c.leavesTheRequest)
	t.Run("one that is missing from the answer is unknown", c.missingRecord)
}

// batcher gives the operation and counts its requests.
func (c Case) batcher(t *testing.T, h http.HandlerFunc) (op provider.Operation, b provider.Batcher, arrivals func() int64) {
	t.Helper()
	conn, n := c.server(t, h)
	op = c.prepare(t, conn)
	b, is := op.(provider.Batcher)
	if !is {
		t.Fatalf("%T asks for one record at a time", op)
	}
	return op, b, n.Load
}

func (c Case) keyed(key string) provider.Call {
	call := c.Call
	call.Key = key
	return call
}

// doBatch makes a request and checks what holds for every one.
func doBatch(t *testing.T, b provider.Batcher, calls ...provider.Call) []provider.Result {
	t.Helper()
	out, err := b.DoBatch(t.Context(), calls)
	if err != nil || len(out) != len(calls) {
		t.Fatalf("%d results for %d calls, %v", len(out), len(calls), err)
	}
	for i, res := range out {
		noSecret(t, res.Message+string(res.Raw))
		if q, ok := b.QuoteBeside(calls[i]); !ok || res.Units < 0 || res.Units > q.Max() {
			t.Errorf("%s: %s units of at most %s", calls[i].Key, res.Units, q.Max())
		}
	}
	return out
}

func (c Case) oneRequest(t *testing.T) {
	op, b, arrivals := c.batcher(t, c.Answer)
	if b.MaxBatch() < 2 {
		t.Fatalf("a batch of %d", b.MaxBatch())
	}
	for _, res := range doBatch(t, b, c.keyed("k1"), c.keyed("k2")) {
		if res.Outcome != provider.Found && (res.Outcome != provider.Accepted || res.JobID == "") {
			t.Errorf("outcome %s (%s), job %q", res.Outcome, res.Message, res.JobID)
		}
	}
	if arrivals() != 1 {
		t.Errorf("%d requests", arrivals())
	}
	least, known := b.Minimum()
	beside, ok := b.QuoteBeside(c.Call)
	alone, okAlone := op.Quote(c.Call)
	if !known || !ok || !okAlone || alone.HitMax < max(beside.HitMax, least) || (least > 0 && alone.MissMax < least) {
		t.Errorf("at least %s a request; alone %+v, beside others %+v", least, alone, beside)
	}
	res, err := op.Do(t.Context(), c.keyed("k1"))
	if err != nil || res.Units > 0 && res.Units < least {
		t.Errorf("alone it costs %s, a request at least %s, %v", res.Units, least, err)
	}
}

func (c Case) wholeRequests(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   provider.Outcome
	}{
		"page":      {page, provider.Unknown},
		"reset":     {reset, provider.Unknown},
		"throttled": {text(http.StatusTooManyRequests, `{}`), provider.Throttled},
		"key":       {text(http.StatusUnauthorized, `{"error":{"code":"auth_error"}}`), provider.AuthError},
	} {
		_, b, arrivals := c.batcher(t, tt.answer)
		for _, res := range doBatch(t, b, c.keyed("k1"), c.keyed("k2")) {
			if res.Outcome != tt.want || !res.Whole || res.Units != 0 {
				t.Errorf("%s: %s, of the whole request: %v, %s units", name, res.Outcome, res.Whole, res.Units)
			}
		}
		if arrivals() != 1 {
			t.Errorf("%s: %d requests", name, arrivals())
		}
	}
}

func (c Case) leavesTheRequest(t *testing.T) {
	_, b, arrivals := c.batcher(t, c.Answer)
	blank := provider.Call{Key: "k3"}
	if res, refused := b.Refuse(blank); !refused || res.Outcome != provider.BadInput {
		t.Errorf("without inputs: refused %v, %s", refused, res.Outcome)
	}
	if res, refused := b.Refuse(c.Call); refused {
		t.Errorf("a good call is refused: %s", res.Message)
	}
	out := doBatch(t, b, blank, c.keyed("k1"))
	if out[0].Outcome != provider.BadInput || out[0].Whole || out[1].Outcome == provider.BadInput || arrivals() != 1 {
		t.Errorf("%s, of the whole request: %v; beside it %s; %d requests", out[0].Outcome, out[0].Whole, out[1].Outcome, arrivals())
	}
	if out := doBatch(t, b, blank); out[0].Outcome != provider.BadInput || arrivals() != 1 {
		t.Errorf("nothing to ask: %s, %d requests", out[0].Outcome, arrivals())
	}
}

func (c Case) missingRecord(t *testing.T) {
	op, b, _ := c.batcher(t, c.Answer)
	if _, later := op.(provider.Poller); later {
		t.Skip("its answer is a job")
	}
	out := doBatch(t, b, c.keyed("k1"), c.keyed("k99"))
	if out[0].Outcome != provider.Found || out[1].Outcome != provider.Unknown || out[1].Whole || out[1].Message == "" {
		t.Errorf("%s and %s (%s)", out[0].Outcome, out[1].Outcome, out[1].Message)
	}
}
