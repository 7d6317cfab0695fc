package csv

import (
	"errors"
	"fmt"
	"io"
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

// sheetRows gives the rows of the first visible worksheet.
type sheetRows struct {
	file *excelize.File
	rows *excelize.Rows
	line int
}

func openWorkbook(r io.Reader, name string) (*sheetRows, error) {
	limited := &io.LimitedReader{R: r, N: maxWorkbook + 1}
	file, err := excelize.OpenReader(limited, excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxPartInMemory})
	if limited.N <= 0 {
		err = errors.Join(fettle.Errorf(fettle.Invalid, "%s is larger than %d MB", name, maxWorkbook>>20).WithHint("Save the sheet as CSV: it has no such bound."), closeFile(file))
		return nil, err
	}
	if err != nil {
		return nil, errors.Join(fettle.Errorf(fettle.Invalid, "%s is not a workbook that can be read: %w", name, err).WithHint("Save it as XLSX or CSV again; unpack other archives first."), closeFile(file))
	}
	sheet, err := firstSheet(file)
	if err == nil {
		err = plainStyles(file)
	}
	var rows *excelize.Rows
	if err == nil {
		rows, err = file.Rows(sheet)
	}
	if err != nil {
		return nil, errors.Join(fettle.Errorf(fettle.Invalid, "%s cannot be read: %w", name, err), file.Close())
	}
	return &sheetRows{file: file, rows: rows}, nil
}

func closeFile(f *excelize.File) error {
	if f == nil {
		return nil
	}
	return f.Close()
}

func firstSheet(file *excelize.File) (string, error) {
	sheets := file.GetSheetList()
	for _, sheet := range sheets {
		if visible, err := file.GetSheetVisible(sheet); err == nil && visible {
			return sheet, nil
		}
	}
	if len(sheets) > 0 {
		return sheets[0], nil
	}
	return "", errors.New("the workbook has no worksheet")
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

func (s *sheetRows) next(rec *record) error {
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
	return nil
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
func (s *sheetRows) Close() error { return errors.Join(s.rows.Close(), s.file.Close()) }
