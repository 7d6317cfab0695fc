package trace

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// What OTLP's JSON looks like: numbers of 64 bits are text, ids are hexadecimal.
type (
	value struct {
		Text   *string `json:"stringValue,omitempty"`
		Number *string `json:"intValue,omitempty"`
	}
	attribute struct {
		Key   string `json:"key"`
		Value value  `json:"value"`
	}
	status struct {
		Code    int    `json:"code"` // 2: an error
		Message string `json:"message,omitempty"`
	}
	span struct {
		TraceID    string      `json:"traceId"`
		SpanID     string      `json:"spanId"`
		ParentID   string      `json:"parentSpanId,omitempty"`
		Name       string      `json:"name"`
		Kind       Kind        `json:"kind"`
		Start      string      `json:"startTimeUnixNano"`
		End        string      `json:"endTimeUnixNano"`
		Attributes []attribute `json:"attributes,omitempty"`
		Status     *status     `json:"status,omitempty"`
	}
	scope struct {
		Name string `json:"name"`
	}
	scopeSpans struct {
		Scope scope  `json:"scope"`
		Spans []span `json:"spans"`
	}
	resource struct {
		Attributes []attribute `json:"attributes"`
	}
	resourceSpans struct {
		Resource   resource     `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	export struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
)

func (a Attr) otlp() attribute {
	if a.Text != "" {
		return attribute{a.Key, value{Text: &a.Text}}
	}
	n := strconv.FormatInt(a.Number, 10)
	return attribute{a.Key, value{Number: &n}}
}

func (e ended) otlp() span {
	s := span{
		TraceID: hex.EncodeToString(e.trace[:]), SpanID: hex.EncodeToString(e.id[:]), Name: e.name, Kind: e.kind,
		Start: strconv.FormatInt(e.began.UnixNano(), 10), End: strconv.FormatInt(e.end.UnixNano(), 10),
	}
	if e.parent != [8]byte{} {
		s.ParentID = hex.EncodeToString(e.parent[:])
	}
	if e.failed != "" {
		s.Status = &status{2, e.failed}
	}
	for _, a := range e.attrs {
		s.Attributes = append(s.Attributes, a.otlp())
	}
	return s
}

// send sends a batch, once. What does not arrive is lost, and said: nothing waits for
// a collector.
func (t *Tracer) send(ctx context.Context, batch []ended) {
	lost := t.lost.Swap(0)
	if len(batch) > 0 {
		if err := t.post(ctx, batch); err != nil {
			t.cfg.Log.WarnContext(ctx, "traces do not arrive", "spans", len(batch), "error", err)
		}
	}
	if lost > 0 {
		t.cfg.Log.WarnContext(ctx, "more spans than the collector takes", "left_out", lost)
	}
}

func (t *Tracer) post(ctx context.Context, batch []ended) error {
	all := resourceSpans{ScopeSpans: []scopeSpans{{Scope: scope{"fettle"}}}}
	for _, k := range slices.Sorted(maps.Keys(t.cfg.Resource)) {
		all.Resource.Attributes = append(all.Resource.Attributes, Attr{Key: k, Text: t.cfg.Resource[k]}.otlp())
	}
	for _, e := range batch {
		all.ScopeSpans[0].Spans = append(all.ScopeSpans[0].Spans, e.otlp())
	}
	body, err := json.Marshal(export{[]resourceSpans{all}})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for k, v := range t.cfg.Headers {
		req.Header.Set(k, v)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := t.cfg.Client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16)) // so that the connection is used again
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answers %s", resp.Status)
	}
	return nil
}
