package expr_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/expr"
)

func moves() record {
	rec := record{}
	maps.Copy(rec, ada)
	rec[expr.Signals] = []expr.Signal{
		{ID: 3, Type: "job_change", Kind: "moved", Source: "csv", At: now.Add(-24 * time.Hour), From: map[string]string{"company": "Acme"}, To: map[string]string{"title": "CTO"}},
		{ID: 2, Type: "promotion", Kind: "left", At: now.Add(-48 * time.Hour)},
		{ID: 1, Type: "job_change", Kind: "left", At: now.Add(-40 * 24 * time.Hour)},
	}
	rec["company."+expr.Signals] = []expr.Signal{{ID: 9, Type: "funding", At: now.Add(-time.Hour)}}
	return rec
}

// TestExists: the clauses of one exists hold for one signal, and Newest gives the
// newest for which they do.
func TestExists(t *testing.T) {
	e, rec := env(t), moves()
	for src, want := range map[string]int64{
		`signals.exists(s, s.type == "job_change" && within(s.at, "30d"))`:                       3,
		`signals.exists(s, s.type == "job_change" && s.kind == "left")`:                          1,
		`signals.exists(s, s.type == "job_change" && s.kind == "left" && within(s.at, "30d"))`:   0,
		`signals.exists(s, s.type == "job_change") && signals.exists(s, s.kind == "left")`:       3,
		`title.contains("vp") && (signals.exists(s, s.type == "promotion") || active)`:           2,
		`signals.exists(s, s.type == "job_change") || company.signals.exists(s, filled(s.type))`: 9,
		`company.signals.exists(s, s.type == "x")`:                                               0,
	} {
		f, err := e.Filter(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		got := int64(0)
		if s := f.Newest(rec, time.Time{}, now); s != nil {
			got = s.ID
		}
		if got != want || !f.ReadsSignals() {
			t.Errorf("%s is about signal %d, want %d", src, got, want)
		}
	}
	f, err := e.Filter(`!signals.exists(s, within(s.at, "30d")) && company.employee_count > 3`)
	if err != nil || f.ReadsSignals() || !f.UsesTime() || f.Fields()[0] != expr.Signals {
		t.Errorf("a signal that must not be: %v, reads %v", err, f.Fields())
	}
}

// TestOpenSpans: a span that ran out since is open, one that must not be is not.
func TestOpenSpans(t *testing.T) {
	e, rec := env(t), moves()
	later := now.Add(40 * 24 * time.Hour)
	for src, want := range map[string]bool{
		`signals.exists(s, s.type == "promotion" && within(s.at, "30d"))`:                                            true,
		`signals.exists(s, s.type == "promotion" && s.at > now - duration("30d"))`:                                   true,
		`signals.exists(s, s.id0 == "x")`:                                                                            false,
		`signals.exists(s, s.kind == "left" && s.type == "job_change" && within(s.at, "30d"))`:                       false,
		`!signals.exists(s, s.type == "promotion" && within(s.at, "1d"))`:                                            true,
		`!signals.exists(s, within(s.at, "30d"))`:                                                                    true,
		`signals.exists(s, within(s.at, "30d")) && !signals.exists(s, s.type == "promotion" && within(s.at, "60d"))`: false,
	} {
		f, err := e.Filter(src)
		if err != nil {
			if !strings.Contains(src, "id0") {
				t.Errorf("%s: %v", src, err)
			}
			continue
		}
		if got, err := f.MatchSince(rec, now, later); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", src, got, err, want)
		}
	}
}

// TestExplainSignal: an explanation names the signal, or the newest one that
// falls short.
func TestExplainSignal(t *testing.T) {
	e, rec := env(t), moves()
	for src, want := range map[string]struct {
		id   int64
		true bool
	}{
		`signals.exists(s, s.kind == "left")`: {2, true},
		`signals.exists(s, s.kind == "gone")`: {3, false},
	} {
		f, err := e.Filter(src)
		if err != nil {
			t.Fatal(err)
		}
		ex, err := f.Explain(rec, now)
		if err != nil || ex.Signal == nil || ex.Signal.ID != want.id || ex.True != want.true || len(ex.Clauses) != 1 || ex.Clauses[0].Values[0].Field != "s.kind" {
			t.Errorf("%s: %+v, %v", src, ex, err)
		}
	}
	f, err := e.Filter(`signals.exists(s, s.kind == "left")`)
	if err != nil {
		t.Fatal(err)
	}
	if ex, err := f.Explain(ada, now); err != nil || ex.Signal != nil || len(ex.Values) != 1 || ex.Text == "" {
		t.Errorf("of none: %+v, %v", ex, err)
	}
}

// TestTheSignal: signal is what a row is about, where there can be one.
func TestTheSignal(t *testing.T) {
	plain, rec := env(t), moves()
	sig := rec[expr.Signals].([]expr.Signal)[0]
	rec[expr.LatestSignal] = &sig
	e := plain.WithSignal()
	tmpl, err := e.Template(`{{ first_name }}: {{ signal.from.company }} to {{ signal.to.title.upperAscii() }}{{ signal.kind == "moved" ? "!" : "" }} {{ signal.to.company }}`)
	if err != nil {
		t.Fatal(err)
	}
	text, missing, err := tmpl.Render(rec, now)
	if err != nil || text != ": Acme to CTO! " || len(missing) != 2 {
		t.Errorf("%q, %v, %v", text, missing, err)
	}
	v, err := e.Value(`signal.at`)
	if err != nil || v.Type() != fettle.Timestamp || v.Fields()[0] != expr.LatestSignal {
		t.Fatal(err)
	}
	if x, err := v.Eval(rec, now); err != nil || x != sig.At {
		t.Errorf("%v, %v", x, err)
	}
	f, err := e.Filter(`signal.kind == "moved" && filled(signal.from.company)`)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := f.Match(rec, now); err != nil || !ok {
		t.Errorf("when: %v, %v", ok, err)
	}
	if ok, err := f.Match(ada, now); err != nil || ok {
		t.Errorf("when, without a signal: %v, %v", ok, err)
	}
	_, err = plain.Value(`signal.to.title`)
	refused(t, err, "there is no signal here", "signals.exists")
}

func refused(t *testing.T, err error, message, hint string) {
	t.Helper()
	var fe *fettle.Error
	if !errors.As(err, &fe) || fe.Code != fettle.Invalid || !strings.Contains(fe.Message, message) || !strings.Contains(fe.Hint, hint) || fe.Hint == "" || fe.Details["line"] == nil {
		t.Errorf("got %v, want %s | %s", err, message, hint)
	}
}

func TestSignalsRefused(t *testing.T) {
	e := env(t)
	for _, c := range []struct{ src, message, hint string }{
		{`signals == "x"`, "signals is a list", "signals.exists"},
		{`signals.all(s, s.type == "x")`, "only exists", "signals.exists"},
		{`signals.exists(s, s == "x")`, "s is a signal", "s.type"},
		{`signals.exists(s, s.name == "x")`, `no part "name"`, "details"},
		{`signals.exists(s, s.from == "x")`, "several texts", "s.from.title"},
		{`signals.exists(s, s.type)`, "not a condition", "filled(s.type)"},
		{`signals.exists(s, s.at == "x")`, "s.at is a timestamp", "timestamp"},
		{`signals.exists(s, signals.exists(x, true))`, "inside another", "beside"},
		{`signals.exists(s, s.titel.x == "x")`, `no part "titel"`, "details"},
		{`signals.exist(s, true)`, "", ""},
		{`size(signals) > 1`, "signals is a list", "signals.exists"},
		{`company.signals == "x"`, "signals is a list", "signals.exists"},
		{`signal.type == "x"`, "there is no signal here", "signals.exists"},
		{`signals.exists(s, s.type.matches("x"))`, "matches", "contains"},
		{`signals.exists(s, status(s.kind) == "valid")`, "no field of the record", "status(email)"},
	} {
		_, err := e.Filter(c.src)
		refused(t, err, c.message, c.hint)
	}
}
