package csv_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"fettle"
	"fettle/source/csv"
)

// table is what a test expects of a file.
type table struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	Rejects []string   `json:"rejects,omitempty"` // "line: reason"
}

func read(t testing.TB, content []byte, name string, opts csv.Options) table {
	t.Helper()
	r, err := csv.Open(bytes.NewReader(content), int64(len(content)), name, opts)
	if err != nil {
		t.Fatalf("open %s: %v", name, err)
	}
	got := drain(t, r)
	if done, total := r.Progress(); done != total || total != int64(len(content)) {
		t.Errorf("%s: read %d of %d bytes", name, done, total)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	return got
}

func drain(t testing.TB, r *csv.Reader) table {
	t.Helper()
	got := table{Columns: r.Columns(), Rows: [][]string{}}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(row.Cells) != len(got.Columns) {
			t.Fatalf("line %d has %d cells for %d columns", row.Line, len(row.Cells), len(got.Columns))
		}
		if row.Reject != "" {
			got.Rejects = append(got.Rejects, fmt.Sprintf("%d: %s", row.Line, row.Reject))
			continue
		}
		got.Rows = append(got.Rows, append([]string{}, row.Cells...))
	}
}

// TestTorture reads every table in testdata, each with what it holds beside it.
func TestTorture(t *testing.T) {
	files, err := filepath.Glob("testdata/*.?sv")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		golden, err := os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var want table
		if err := json.Unmarshal(golden, &want); err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			if diff := cmp.Diff(want, read(t, content, file, csv.Options{})); diff != "" {
				t.Error(diff)
			}
			// A reader that gives one byte at a time crosses every boundary.
			r, err := csv.Open(iotest.OneByteReader(bytes.NewReader(content)), 0, file, csv.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, drain(t, r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRejects(t *testing.T) {
	for _, tc := range []struct {
		name, content string
		want          table
	}{
		{
			"a row too long", "a,b\n1,2,3\n4,5\n",
			table{[]string{"a", "b"}, [][]string{{"4", "5"}}, []string{"2: the row has 3 cells, the heading has 2"}},
		},
		{
			"lines are counted through quoted line ends", "a,b\n\"1\n\n\",2\r\n1,2,3\r1,2,3\n",
			table{[]string{"a", "b"}, [][]string{{"1\n\n", "2"}}, []string{"5: the row has 3 cells, the heading has 2", "6: the row has 3 cells, the heading has 2"}},
		},
		{
			"a stray quote does not swallow the file", "a,b\n\"1,2\n3,4\n5,6\n",
			table{[]string{"a", "b"}, [][]string{{"3", "4"}, {"5", "6"}}, []string{"2: a quote is opened and never closed"}},
		},
		{
			"nor with quoted rows below", "a,b\n\"Acme\" Corp,Berlin\n\"Beta\",x\n",
			table{[]string{"a", "b"}, [][]string{{"\"Acme\" Corp", "Berlin"}, {"Beta", "x"}}, nil},
		},
		{
			"nor do two", "a,b\n\"1,2\n3,4\n\"5,6\n\"7\",8\n",
			table{[]string{"a", "b"}, [][]string{{"3", "4"}, {"7", "8"}}, []string{"2: a quote is opened and never closed", "4: a quote is opened and never closed"}},
		},
		{
			"nor is it closed by the end of the file", "a,b\n1,2\n3,\"4",
			table{[]string{"a", "b"}, [][]string{{"1", "2"}}, []string{"3: a quote is opened and never closed"}},
		},
		{
			"in a line that ends", "a,b\n1,2\n\"3,4\n",
			table{[]string{"a", "b"}, [][]string{{"1", "2"}}, []string{"3: a quote is opened and never closed"}},
		},
		{
			"quotes inside a cell of two lines", "a,b\n\"one\nhe said \"no\" twice\",2\n",
			table{[]string{"a", "b"}, [][]string{{"one\nhe said \"no\" twice", "2"}}, nil},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, read(t, []byte(tc.content), "x.csv", csv.Options{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestHeadingsThatNothingCloses are no headings: what their columns are called
// would be half a line.
func TestHeadingsThatNothingCloses(t *testing.T) {
	for _, text := range []string{"name,\"email\nAda,a@acme.test\n", "name,\"email"} {
		if _, err := csv.Open(strings.NewReader(text), 0, "x.csv", csv.Options{}); err == nil || !strings.Contains(err.Error(), "line 1: a quote is opened and never closed") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLateBrokenUTF8(t *testing.T) {
	content := "a\n" + strings.Repeat("é\n", 1<<19) + "\xff\nb\n"
	got := read(t, []byte(content), "x.csv", csv.Options{})
	if want := fmt.Sprint(1<<19+2, ": the row is not valid UTF-8"); len(got.Rows) != 1<<19+1 || len(got.Rejects) != 1 || got.Rejects[0] != want {
		t.Errorf("%d rows, %v", len(got.Rows), got.Rejects)
	}
}

func TestLateLatinLetters(t *testing.T) {
	content := "name\n" + strings.Repeat("plain\n", 1<<18) + "Zo\xeb\n"
	got := read(t, []byte(content), "x.csv", csv.Options{})
	if last := got.Rows[len(got.Rows)-1][0]; last != "Zoë" || len(got.Rejects) > 0 {
		t.Errorf("got %q, %v", last, got.Rejects)
	}
}

func TestRefused(t *testing.T) {
	for _, tc := range []struct{ name, content, says string }{
		{"nothing.csv", "", "nothing.csv is empty"},
		{"blank.csv", "\n \r\n,,,\n", "blank.csv is empty"},
		{"old.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "old Excel workbook"},
		{"x.csv.gz", "\x1f\x8b\x08....", "compressed with gzip"},
		{"x.pdf", "%PDF-1.7\n", "a PDF"},
		{"page.csv", "\n<!DOCTYPE html><html>", "a web page"},
		{"x.bin", strings.Repeat("\x00\x01\x00\x00\x02", 100), "not text"},
		{"x.zip", "PK\x03\x04 and nothing more", "a ZIP archive"},
		{"x.xlsx", "PK\x03\x04 [Content_Types].xml and nothing more", "not a workbook"},
		{"x.ods", "PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "an OpenDocument file"},
		{"x.png", "\x89PNG\r\n\x1a\n\x00\x00", "a picture (PNG)"},
		{"x.json", "[\n  {\"name\": \"Ann\"}]", "JSON"},
		{"empty.json", "{}", "JSON"},
		{"feed.csv", "\xef\xbb\xbf<?xml version=\"1.0\"?>", "XML"},
		{"wide.csv", strings.Repeat("a,", csv.MaxColumns+1), "columns"},
	} {
		_, err := csv.Open(strings.NewReader(tc.content), int64(len(tc.content)), "/uploads/"+tc.name, csv.Options{})
		if err == nil || fettle.AsError(err).Code != fettle.Invalid || !strings.Contains(err.Error(), tc.says) || fettle.AsError(err).Hint == "" {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if _, err := csv.Open(strings.NewReader("a"), 1, "x", csv.Options{Encoding: "klingon"}); fettle.AsError(err).Code != fettle.Invalid {
		t.Error(err)
	}
	broken := errors.New("disk on fire")
	if _, err := csv.Open(iotest.ErrReader(broken), 1, "x", csv.Options{}); !errors.Is(err, broken) {
		t.Errorf("the input's own error is lost: %v", err)
	}
}

// TestBracketsAreNoJSON reads headings that begin like JSON.
func TestBracketsAreNoJSON(t *testing.T) {
	for _, text := range []string{"[id],[name]\n1,Ann\n", "{name},{mail}\nAnn,a@b.example\n", "[1],name\n1,Ann\n"} {
		if got := read(t, []byte(text), "x.csv", csv.Options{}); len(got.Columns) != 2 || len(got.Rows) != 1 {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestPeek looks ahead; Next then gives the same rows and the same error.
func TestPeek(t *testing.T) {
	text := "id, name\n1, Ann\n\n2\n3, Cid,more\n4, Dan\n"
	open := func() *csv.Reader {
		r, err := csv.Open(strings.NewReader(text), 0, "x.csv", csv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := open()
	if diff := cmp.Diff([][]string{{"1", "Ann"}, {"2", ""}, {"4", "Dan"}}, r.Peek(100)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(drain(t, open()), drain(t, r)); diff != "" {
		t.Errorf("looking ahead changes what is read: %s", diff)
	}
	if got := open().Peek(2); len(got) != 2 {
		t.Errorf("asked for two rows: %v", got)
	}
	broken := errors.New("disk on fire")
	failing, err := csv.Open(io.MultiReader(strings.NewReader("a,b\n"+strings.Repeat("1,2\n", 1<<19)), iotest.ErrReader(broken)), 0, "x", csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := len(failing.Peek(1 << 20))
	for rows -= 1; err == nil; rows-- {
		_, err = failing.Next()
	}
	if !errors.Is(err, broken) || rows != -2 {
		t.Errorf("%d rows more or fewer than were seen, then %v", rows+2, err)
	}
}

func TestInputFailureIsNoRow(t *testing.T) {
	broken := errors.New("disk on fire")
	input := io.MultiReader(strings.NewReader("a,b\n"+strings.Repeat("1,2\n", 1<<19)+"3"), iotest.ErrReader(broken))
	r, err := csv.Open(input, 0, "x", csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for ; err == nil; rows++ {
		_, err = r.Next()
	}
	if !errors.Is(err, broken) || rows != 1<<19+1 {
		t.Errorf("%d rows, then %v", rows-1, err)
	}
}

func TestOptions(t *testing.T) {
	got := read(t, []byte("notes\nmore\nname;x,y\nZo\xeb;1\n"), "x.csv", csv.Options{Delimiter: ';', Encoding: "iso-8859-1", Header: 3})
	if diff := cmp.Diff(table{[]string{"name", "x,y"}, [][]string{{"Zoë", "1"}}, nil}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWorkbook(t *testing.T) {
	f := excelize.NewFile()
	date := func(format string) int {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	day, money, clock := date("dd/mm/yyyy"), date(`[$€-2] #,##0.00" d"`), date("hh:mm")
	short, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	when := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	rows := [][]any{
		{"Report"},
		{},
		{"name", "day", "short", "money", "clock", "flag", "formula"},
		{"Zoë", excelize.Cell{StyleID: day, Value: when}, excelize.Cell{StyleID: short, Value: when.Add(90 * time.Minute)}, excelize.Cell{StyleID: money, Value: 1234.5678}, excelize.Cell{StyleID: clock, Value: 0.5}, true, "#N/A"},
		{"Bob", nil, nil, 0.1, nil, false, "=1+1"},
		{"Eve", nil, nil, nil, nil, nil, nil, "beyond"},
	}
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if err := w.SetRow(fmt.Sprint("A", i+1), row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		t.Fatal(err)
	}
	want := table{
		Columns: []string{"name", "day", "short", "money", "clock", "flag", "formula"},
		Rows: [][]string{
			{"Zoë", "2024-02-29", "2024-02-29 01:30:00", "1234.5678", "12:00", "TRUE", ""},
			{"Bob", "", "", "0.1", "", "FALSE", "=1+1"},
		},
		Rejects: []string{"6: the row has 8 cells, the heading has 7"},
	}
	if diff := cmp.Diff(want, read(t, buf.Bytes(), "x.xlsx", csv.Options{})); diff != "" {
		t.Error(diff)
	}
}

func TestWriterThenReader(t *testing.T) {
	cell := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"", " ", ",", "\"", "\"\"", "\n", "\r", "\r\n", "\"a\" b", "=1+1", "\t", "a\nb", "é", "\ufeff", "sep=;", ";;;", "|", "'", "\u2028", "NULL"}),
	).Filter(func(s string) bool { return !strings.Contains(s, "\x00") })
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 5).Draw(t, "width")
		delimiter := rapid.SampledFrom([]byte{',', ';', '\t', '|'}).Draw(t, "delimiter")
		header := []string{"id", "b", "c", "d", "e"}[:width]
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, width, width), 0, 8).Draw(t, "rows")
		var buf bytes.Buffer
		raw := rapid.Bool().Draw(t, "raw") // as it is, and with the marks in front of formulas, which come off again
		w, err := csv.NewWriter(&buf, csv.WriterOptions{Raw: raw, Delimiter: delimiter, BOM: rapid.Bool().Draw(t, "bom")})
		if err != nil {
			t.Fatal(err)
		}
		want := [][]string{}
		for i, row := range append([][]string{header}, rows...) {
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
			if i > 0 && strings.TrimSpace(strings.Join(row, "")) != "" {
				want = append(want, row)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		r, err := csv.Open(&buf, 0, "x.csv", csv.Options{Delimiter: delimiter, Header: 1, Verbatim: raw})
		if err != nil {
			t.Fatal(err)
		}
		got := table{Rows: [][]string{}}
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil && row.Reject == "the row is blank" && strings.TrimSpace(strings.Join(row.Cells, "")) == "" {
				continue
			}
			if err != nil || row.Reject != "" {
				t.Fatal(err, row.Reject)
			}
			got.Rows = append(got.Rows, append([]string{}, row.Cells...))
		}
		if diff := cmp.Diff(want, got.Rows); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzReader(f *testing.F) {
	files, err := filepath.Glob("testdata/*.?sv")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte("a,b\n\"1\"x,\"2\" \"y\",\"3\n\"\"\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if bytes.HasPrefix(content, []byte("PK")) {
			t.Skip("workbooks are excelize's")
		}
		whole, err := csv.Open(bytes.NewReader(content), int64(len(content)), "x.csv", csv.Options{})
		if err != nil {
			return
		}
		bytewise, err := csv.Open(iotest.OneByteReader(bytes.NewReader(content)), 0, "x.csv", csv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		line := 0
		for {
			a, errA := whole.Next()
			b, errB := bytewise.Next()
			if !errors.Is(errA, errB) || a.Line != b.Line || a.Reject != b.Reject || !cmp.Equal(a.Cells, b.Cells) {
				t.Fatalf("in one piece %+v %v, by the byte %+v %v", a, errA, b, errB)
			}
			if errA != nil {
				break
			}
			if a.Line <= line || len(a.Cells) != len(whole.Columns()) {
				t.Fatalf("line %d after %d, %d cells", a.Line, line, len(a.Cells))
			}
			line = a.Line
		}
	})
}

func BenchmarkReader(b *testing.B) {
	var content bytes.Buffer
	content.WriteString("id,first,last,title,company,email,note\n")
	for i := range 50_000 {
		fmt.Fprintf(&content, "%d,Ann,Lee,\"VP, Sales\",Acme %d,ann.lee%d@acme.com,\n", i, i, i)
	}
	b.SetBytes(int64(content.Len()))
	b.ReportAllocs()
	for b.Loop() {
		r, err := csv.Open(bytes.NewReader(content.Bytes()), int64(content.Len()), "x.csv", csv.Options{})
		for err == nil {
			_, err = r.Next()
		}
	}
}
