package csv

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// rawSheet reads the cells of a worksheet that the library does not give as the
// file has them: numbers of more than fifteen digits, and formulas. A nil one
// has none.
type rawSheet struct {
	part  io.ReadCloser
	xml   *xml.Decoder
	line  int // of the row in cells
	cells []rawCell
	ended bool
}

// rawCell is a cell that is a number or a formula.
type rawCell struct {
	column  int // from 0
	value   string
	formula bool
}

// openRaw finds the worksheet's part in the archive. Without it, cells are as
// the library gives them.
func openRaw(content []byte, sheet string) *rawSheet {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil
	}
	name := partOf(archive, sheet)
	for _, f := range archive.File {
		if strings.EqualFold(strings.TrimPrefix(f.Name, "/"), name) {
			part, err := f.Open()
			if err != nil {
				return nil
			}
			return &rawSheet{part: part, xml: xml.NewDecoder(io.LimitReader(part, maxUnpacked))}
		}
	}
	return nil
}

// partOf gives the name of the part that holds a worksheet.
func partOf(archive *zip.Reader, sheet string) string {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	var links struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if !readPart(archive, "xl/workbook.xml", &book) || !readPart(archive, "xl/_rels/workbook.xml.rels", &links) {
		return ""
	}
	for _, s := range book.Sheets {
		for _, l := range links.List {
			if s.Name == sheet && l.ID == s.ID {
				if whole, ok := strings.CutPrefix(l.Target, "/"); ok {
					return whole
				}
				return path.Join("xl", l.Target)
			}
		}
	}
	return ""
}

func readPart(archive *zip.Reader, name string, into any) bool {
	f, err := archive.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	return xml.NewDecoder(io.LimitReader(f, maxPartInMemory)).Decode(into) == nil
}

// row gives the numbers and formulas of a row. Rows are asked for from the first
// on. What cannot be read is left to the library to report.
func (s *rawSheet) row(line int) []rawCell {
	if s == nil {
		return nil
	}
	for s.line < line && !s.ended {
		s.next()
	}
	if s.line != line {
		return nil
	}
	return s.cells
}

// next reads one row.
func (s *rawSheet) next() {
	s.cells = s.cells[:0]
	open := false
	for {
		token, err := s.xml.RawToken()
		if err != nil {
			s.ended = true
			return
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "row":
				open = true
				s.line++
				if n, err := strconv.Atoi(attribute(t, "r")); err == nil {
					s.line = n
				}
			case "c":
				if open {
					s.cell(t)
				}
			}
		case xml.EndElement:
			if t.Name.Local == "row" {
				return
			}
		}
	}
}

// cell reads one cell to its end.
func (s *rawSheet) cell(start xml.StartElement) {
	c := rawCell{column: -1}
	if n := len(s.cells); n > 0 {
		c.column = s.cells[n-1].column
	}
	c.column++
	if at := columnOf(attribute(start, "r")); at >= 0 {
		c.column = at
	}
	inValue := false
	for {
		token, err := s.xml.RawToken()
		if err != nil {
			s.ended = true
			return
		}
		switch t := token.(type) {
		case xml.StartElement:
			inValue = t.Name.Local == "v" || t.Name.Local == "t"
			c.formula = c.formula || t.Name.Local == "f"
		case xml.CharData:
			if inValue {
				c.value += string(t)
			}
		case xml.EndElement:
			inValue = false
			if t.Name.Local == "c" {
				if kind := attribute(start, "t"); kind != "" && kind != "n" && !c.formula {
					c.value = "" // text; only its place is of use
				}
				s.cells = append(s.cells, c)
				return
			}
		}
	}
}

// columnOf reads the column of a cell's name, from 0; -1 if there is none.
func columnOf(ref string) int {
	n := 0
	for _, r := range ref {
		if r < 'A' || r > 'Z' {
			break
		}
		n = 26*n + int(r-'A') + 1
	}
	return n - 1
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (s *rawSheet) close() error {
	if s == nil {
		return nil
	}
	err := s.part.Close()
	if errors.Is(err, zip.ErrChecksum) {
		return nil
	}
	return err
}
