package csv

import (
	"bytes"
	"encoding/json"

	"fettle"
)

const saveAsCSV = "Save it as CSV or XLSX and import that."

// signatures are how files begin that are no table.
var signatures = []struct{ begins, kind, hint string }{
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls) or one with a password", saveAsCSV},
	{"\x1f\x8b", "compressed with gzip", "Unpack it and import what is in it."},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it and import what is in it."},
	{"Rar!\x1a\x07", "a RAR archive", "Unpack it and import what is in it."},
	{"%PDF-", "a PDF", saveAsCSV},
	{"\x89PNG\r\n\x1a\n", "a picture (PNG)", "Import the table itself, saved as CSV or XLSX."},
	{"\xff\xd8\xff", "a picture (JPEG)", "Import the table itself, saved as CSV or XLSX."},
	{"GIF8", "a picture (GIF)", "Import the table itself, saved as CSV or XLSX."},
	{"PAR1", "a Parquet file", "Write it out as CSV and import that."},
	{"SQLite format 3\x00", "a SQLite database", "Write its table out as CSV and import that."},
}

// checkContent refuses files that are no table, by how they begin, and says
// what they look like.
func checkContent(sample []byte, name string) error {
	is := func(kind, hint string) error {
		return fettle.Errorf(fettle.Invalid, "%s is %s, not a table", name, kind).WithHint("%s", hint)
	}
	for _, s := range signatures {
		if bytes.HasPrefix(sample, []byte(s.begins)) {
			return is(s.kind, s.hint)
		}
	}
	start := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(sample[:min(len(sample), 512)], []byte("\xef\xbb\xbf"))))
	begins := func(with string) bool { return bytes.HasPrefix(start, []byte(with)) }
	switch {
	case begins("<!doctype html"), begins("<html"):
		return is("a web page", "Perhaps the download asked to sign in first. "+saveAsCSV)
	case begins("<?xml"):
		return is("XML", saveAsCSV)
	case isJSON(sample):
		return is("JSON", "Write it out as CSV, one row for each record, and import that.")
	case begins("pk\x03\x04") && !bytes.Contains(sample, []byte("[Content_Types].xml")) && !bytes.Contains(sample, []byte("xl/")):
		if bytes.Contains(sample, []byte("application/vnd.oasis.opendocument")) {
			return is("an OpenDocument file", saveAsCSV)
		}
		return is("a ZIP archive", "Unpack it and import what is in it.")
	}
	return nil
}

// isJSON reports whether a text begins with an object or a list of JSON, down
// to its first few tokens: a heading may begin with a bracket too.
func isJSON(sample []byte) bool {
	text := bytes.TrimSpace(bytes.TrimPrefix(sample, []byte("\xef\xbb\xbf")))
	if len(text) == 0 || (text[0] != '{' && text[0] != '[') {
		return false
	}
	const tokens = 4
	dec := json.NewDecoder(bytes.NewReader(text))
	for range tokens {
		if _, err := dec.Token(); err != nil {
			return dec.InputOffset() >= int64(len(text)) // all of it is JSON, and short
		}
	}
	return true
}
