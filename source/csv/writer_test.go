package csv_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"fettle/source/csv"
)

func write(t *testing.T, opts csv.WriterOptions, rows ...[]string) string {
	t.Helper()
	var buf bytes.Buffer
	w, err := csv.NewWriter(&buf, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestWriter(t *testing.T) {
	for _, tc := range []struct {
		opts csv.WriterOptions
		row  []string
		want string
	}{
		{csv.WriterOptions{}, []string{"a", "b,c", "d\"e", "f\ng", ""}, "a,\"b,c\",\"d\"\"e\",\"f\ng\",\n"},
		{csv.WriterOptions{}, []string{""}, "\"\"\n"},
		{csv.WriterOptions{}, []string{" a", "b "}, "\" a\",\"b \"\n"},
		{csv.WriterOptions{}, []string{"=1+1", "@x", "-12.5"}, "'=1+1,'@x,-12.5\n"},
		{csv.WriterOptions{Raw: true}, []string{"=1+1", "@x"}, "=1+1,@x\n"},
		{csv.WriterOptions{Delimiter: ';'}, []string{"a;b", "c,d"}, "\"a;b\";c,d\n"},
		{csv.WriterOptions{BOM: true}, []string{"a"}, "\ufeffa\n"},
	} {
		if got := write(t, tc.opts, tc.row); got != tc.want {
			t.Errorf("%+v %q: %q, want %q", tc.opts, tc.row, got, tc.want)
		}
	}
}

func TestFormula(t *testing.T) {
	for _, s := range []string{
		"=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "+", "-", "-a", "+a", "-.", "+1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6", "-4930123 456", "+49x301234567", "＝1+1", "-1e", "--1",
	} {
		if !csv.Formula(s) {
			t.Errorf("%q would run", s)
		}
	}
	for _, s := range []string{"", "a", "1", "12.5", "-12.5", "+12.5", "-1,234.50", "-.5", "-1e-7", "+4930123", "+49 30 123456", "+1 (202) 224-2315", "a=b", "'=1", " =1", "a@b.co"} {
		if csv.Formula(s) {
			t.Errorf("%q is no formula", s)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("disk full")

func TestWriterReportsFailure(t *testing.T) {
	w, err := csv.NewWriter(full{}, csv.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write([]string{strings.Repeat("x", 1<<20)}); !errors.Is(err, errFull) {
		t.Errorf("Write: %v", err)
	}
	if err := w.Flush(); !errors.Is(err, errFull) {
		t.Errorf("Flush: %v", err)
	}
}
