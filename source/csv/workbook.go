package csv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/xuri/excelize/v2"

	"fettle"
)

// The bounds of a workbook: its own size, which is read whole; its size
// unpacked; and the size of a worksheet beyond which it goes to a temporary file
// instead of memory. Larger tables belong into CSV.
const (
	maxWorkbook      = 128 << 20
	maxUnpacked      = 512 << 20
	maxPartInMemory  = 16 << 20
	isoFormat        = "yyyy-mm-dd hh:mm:ss"
	firstCustom      = 164 // number formats from here on are the workbook's own
	plainNumberStyle = 1 << 20
)

// sheetRows gives the rows of a worksheet.
type sheetRows struct {
	file  *excelize.File
	rows  *excelize.Rows
	raw   *rawSheet // the cells as the file has them; nil if they cannot be found
	line  int
	notes *notes
}

// openWorkbook chooses a worksheet and starts to read it.
func (r *Reader) openWorkbook(in io.Reader, name string, opts Options) (err error) {
	limited := &io.LimitedReader{R: in, N: maxWorkbook + 1}
	content, err := io.ReadAll(limited)
	if err != nil {
		return err
	}
	if limited.N <= 0 {
		return fettle.Errorf(fettle.Invalid, "%s is larger than %d MB", name, maxWorkbook>>20).WithHint("Save the sheet as CSV: it has no such bound.")
	}
	file, err := openFile(content)
	if err != nil {
		return errors.Join(fettle.Errorf(fettle.Invalid, "%s is not a workbook that can be read: %w", name, err).WithHint("Save it as XLSX or CSV again; unpack other archives first."), closeFile(file))
	}
	r.sheets = file.GetSheetList()
	r.sheet, err = chooseSheet(file, opts.Sheet, r.notes)
	if err == nil {
		r.rows, err = openSheet(file, content, r.sheet, r.notes)
	}
	if err != nil {
		if fettle.CodeOf(err) != fettle.Invalid {
			err = fettle.Errorf(fettle.Invalid, "%s cannot be read: %w", name, err).WithHint("Open it in a spreadsheet and save it as CSV.")
		}
		return errors.Join(err, file.Close())
	}
	return nil
}

// openFile opens a workbook. The library takes some damage for granted not to
// be: what it does not survive is a file that cannot be read.
func openFile(content []byte) (file *excelize.File, err error) {
	defer damaged(&err)
	file, err = excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxPartInMemory})
	if err != nil {
		return file, err
	}
	if file.Styles == nil || file.Styles.CellXfs == nil || len(file.Styles.CellXfs.Xf) == 0 {
		// Styles are optional. The library needs some.
		file.Pkg.Store("xl/styles.xml", []byte(fewestStyles))
		file.Styles = nil
	}
	return file, plainStyles(file)
}

// fewestStyles are the styles of a workbook that has none.
const fewestStyles = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font/></fonts>` +
	`<fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf/></cellXfs></styleSheet>`

// damaged turns a panic of the library into an error.
func damaged(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("it is damaged (%v)", p)
	}
}

func openSheet(file *excelize.File, content []byte, sheet string, n *notes) (s *sheetRows, err error) {
	defer damaged(&err)
	rows, err := file.Rows(sheet)
	if err != nil {
		return nil, err
	}
	return &sheetRows{file: file, rows: rows, raw: openRaw(content, sheet), notes: n}, nil
}

func closeFile(f *excelize.File) error {
	if f == nil {
		return nil
	}
	return f.Close()
}

// plainStyles changes the styles of the workbook in memory so that cells come
// out as data: dates and times in ISO form instead of the sheet's own, which
// may be ambiguous, and numbers in full instead of rounded for show.
func plainStyles(file *excelize.File) error {
	format := isoFormat
	style, err := file.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err != nil {
		return fmt.Errorf("read styles: %w", err)
	}
	custom := map[int]string{}
	if file.Styles.NumFmts != nil {
		for _, f := range file.Styles.NumFmts.NumFmt {
			custom[f.NumFmtID] = f.FormatCode
		}
	}
	if file.Styles.CellXfs == nil || style >= len(file.Styles.CellXfs.Xf) || file.Styles.CellXfs.Xf[style].NumFmtID == nil {
		return errors.New("the styles are damaged")
	}
	iso := *file.Styles.CellXfs.Xf[style].NumFmtID
	for i := range file.Styles.CellXfs.Xf {
		id := file.Styles.CellXfs.Xf[i].NumFmtID
		if id == nil || *id == iso {
			continue
		}
		plain := plainNumberStyle // no such format: the number as it is
		switch kindOfFormat(*id, custom[*id]) {
		case dateFormat:
			plain = iso
		case timeFormat:
			plain = *id
		case numberFormat:
		}
		file.Styles.CellXfs.Xf[i].NumFmtID = &plain
	}
	return nil
}

// formatKind is what a number format shows a number as.
type formatKind int

const (
	numberFormat formatKind = iota
	dateFormat
	timeFormat // a time of day or a duration, without a date
)

// kindOfFormat classifies a built-in format by its number and a workbook's own
// by its code.
func kindOfFormat(id int, code string) formatKind {
	switch {
	case code == "" && (id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 58):
		return dateFormat
	case code == "" && (id >= 18 && id <= 21 || id >= 32 && id <= 35 || id >= 45 && id <= 47):
		return timeFormat
	case code == "" || id < firstCustom && !strings.ContainsAny(code, "yd"):
		return numberFormat
	}
	marks := formatMarks(code)
	switch {
	case strings.ContainsAny(marks, "yd"), strings.Contains(marks, "mmm"):
		return dateFormat
	case strings.ContainsAny(marks, "hs"):
		return timeFormat
	}
	return numberFormat
}

// formatMarks is a format's code in lower case without text in quotes, escaped
// characters, and what stands in brackets (colours, currencies).
func formatMarks(code string) string {
	code = strings.ReplaceAll(strings.ToLower(code), "general", "")
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '\\', '_', '*':
			i++
		case '"':
			if end := strings.IndexByte(code[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case '[':
			if end := strings.IndexByte(code[i:], ']'); end >= 0 {
				if inner := code[i+1 : i+end]; strings.Trim(inner, "hms") == "" {
					b.WriteString(inner) // [h] is a duration
				}
				i += end
			}
		default:
			b.WriteByte(code[i])
		}
	}
	return b.String()
}

func (s *sheetRows) next(rec *record) (err error) {
	defer damaged(&err)
	if !s.rows.Next() {
		if err := s.rows.Error(); err != nil {
			return fettle.Errorf(fettle.Invalid, "row %d of the workbook cannot be read: %w", s.line+1, err)
		}
		return io.EOF
	}
	s.line++
	cells, err := s.rows.Columns()
	if err != nil {
		return fettle.Errorf(fettle.Invalid, "row %d of the workbook cannot be read: %w", s.line, err)
	}
	rec.line, rec.reject, rec.cells = s.line, "", rec.cells[:0]
	for _, c := range cells {
		rec.cells = append(rec.cells, sheetCell(c))
	}
	for _, c := range s.raw.row(s.line) {
		s.refine(rec, c)
	}
	return nil
}

// refine puts the digits of a number in full where the library rounds them to
// fifteen, and notes a formula that was never computed.
func (s *sheetRows) refine(rec *record, c rawCell) {
	switch {
	case c.formula && c.value == "":
		s.notes.add(noteFormulas, s.line, columnName(c.column), "open the workbook in a spreadsheet and save it, so that they are computed")
	case c.column < len(rec.cells) && wholeNumber.MatchString(c.value) && plainNumber.MatchString(rec.cells[c.column]):
		rec.cells[c.column] = c.value
	}
}

var (
	wholeNumber = regexp.MustCompile(`^-?[0-9]{16,}$`)
	plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
)

// columnName is how a spreadsheet names a column, from 0: A, B, …, AA.
func columnName(column int) string {
	name, err := excelize.ColumnNumberToName(column + 1)
	if err != nil {
		return ""
	}
	return name
}

// sheetCell drops the time from dates that have none, and blanks the errors of
// formulas.
func sheetCell(c string) string {
	switch c {
	case "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!":
		return ""
	}
	if day, found := strings.CutSuffix(c, " 00:00:00"); found && len(day) == len("2006-01-02") {
		return day
	}
	return strings.ReplaceAll(strings.ToValidUTF8(c, "\ufffd"), "\x00", "")
}

func (s *sheetRows) buffered() int64 { return 0 }

// Close removes the temporary files.
func (s *sheetRows) Close() error { return errors.Join(s.rows.Close(), s.raw.close(), s.file.Close()) }
