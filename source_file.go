package fettle

import (
	"io/fs"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// SourceFile is a file that a source reads: where it is, when it is read, and how, in
// the words of an import.
type SourceFile struct {
	Path     string    `json:"path,omitempty"`     // in the folder that whoever runs the server has opened
	URL      string    `json:"url,omitempty"`      // or where it is fetched from
	Header   string    `json:"header,omitempty"`   // in which the source's secret is sent there; "": Authorization
	Schedule *Schedule `json:"schedule,omitempty"` // null: it is read when somebody says so

	Map          Mapping  `json:"map,omitempty"`           // column → field; others are mapped by their name
	Skip         []string `json:"skip,omitempty"`          // columns that are left out
	CreateFields bool     `json:"create_fields,omitempty"` // columns without a field get one
	CreateValues bool     `json:"create_values,omitempty"` // selects learn the values that they do not know
	PhoneKey     bool     `json:"phone_key,omitempty"`     // a phone is a match key
	Region       string   `json:"region,omitempty"`        // country of phones without a country code
	SkipLines    int      `json:"skip_lines,omitempty"`    // lines above the headings; 0: found by themselves
	Encoding     string   `json:"encoding,omitempty"`      // of a text; "": found by itself
	Delimiter    string   `json:"delimiter,omitempty"`     // of a text; "": found by itself
	Sheet        string   `json:"sheet,omitempty"`         // of a workbook; "": the first that holds a table
	NoRun        bool     `json:"no_run,omitempty"`        // live enrichments do not follow what is imported
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// checkFile refuses what is no file to read.
func (s Source) checkFile() error {
	fail := func(key, hint, format string, args ...any) error {
		return Errorf(Invalid, format, args...).WithHint("%s", hint).With("key", key)
	}
	f := s.File
	if len(s.Fields) > 0 || s.Each != "" || s.Ignore != "" {
		return fail("file", "Write file, or fields for what others send.", "a source reads a file, or what others send")
	}
	if (f.Path == "") == (f.URL == "") {
		return fail("file", "Write path: people.csv, or url: and an address.", "a file has one of path and url")
	}
	if f.Path != "" && (!fs.ValidPath(f.Path) || f.Path == ".") {
		return fail("file.path", "Write where it is within the folder, with /, without .. and without a / in front.", "%q is no path within the folder", f.Path)
	}
	if f.URL != "" {
		u, err := url.Parse(f.URL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Fragment != "" {
			return fail("file.url", "Write https:// and a host. A secret goes into a header, which is set beside the source.", "the url is not an address of a file")
		}
	}
	if f.Header != "" && (f.URL == "" || !headerName.MatchString(f.Header)) {
		return fail("file.header", "Write the name of a header, such as header: X-Api-Key, beside a url.", "%q is no header that is sent", f.Header)
	}
	for column, field := range f.Map {
		if strings.TrimSpace(field) == "" || slices.Contains(f.Skip, column) {
			return fail("file.map", "Name the field, or write skip: [COLUMN] for a column that is left out.", "the column %q goes into no field", column)
		}
	}
	if f.SkipLines < 0 {
		return fail("file.skip_lines", "Say how many lines are above the headings.", "%d lines cannot be skipped", f.SkipLines)
	}
	return nil
}

// Host is where a file is fetched from; "" for one of the folder.
func (f SourceFile) Host() string {
	u, err := url.Parse(f.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// Columns is which column goes where, as an import takes it: "" leaves one out.
func (f SourceFile) Columns() map[string]string {
	out := make(map[string]string, len(f.Map)+len(f.Skip))
	maps.Copy(out, f.Map)
	for _, column := range f.Skip {
		out[column] = ""
	}
	return out
}

// FileOutcome is what the last reading of a file came to.
type FileOutcome string

// The outcomes.
const (
	FileImported  FileOutcome = "imported"
	FileUnchanged FileOutcome = "unchanged" // it is what was imported before
	FileFailed    FileOutcome = "failed"    // nothing of it was written
)

// FileOutcomes lists the outcomes.
func FileOutcomes() []FileOutcome { return []FileOutcome{FileImported, FileUnchanged, FileFailed} }

// FileState is how a source that reads a file fares.
type FileState struct {
	When      string      `json:"when"`              // its schedule in words; "": when somebody says so
	NextAt    *time.Time  `json:"next_at,omitempty"` // when it is read next
	HasSecret bool        `json:"has_secret"`        // it sends one when the file is fetched
	Reading   bool        `json:"reading"`           // it is read just now
	Outcome   FileOutcome `json:"outcome,omitempty"` // of the last reading; "": none yet
	Import    int64       `json:"import,omitempty"`  // the last one that it became
	Rows      int64       `json:"rows"`              // of that import
	Tries     int64       `json:"tries,omitempty"`   // how often it failed since its schedule said so, where next_at is another try before its next time
}

// SourceReading is what a reading of a file came to, or would come to.
type SourceReading struct {
	Outcome FileOutcome `json:"outcome"`
	Import  *ImportView `json:"import,omitempty"` // null where the file is unchanged
}
