package csv

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"fettle"
)

// lookRows is how much of a worksheet shows whether it holds a table.
const lookRows = 40

// chooseSheet gives the worksheet to read: the one that is asked for, by name or
// number, else the first visible one that holds a table. What was passed over
// that holds anything is noted.
func chooseSheet(file *excelize.File, asked string, n *notes) (sheet string, err error) {
	defer damaged(&err)
	all := file.GetSheetList()
	if len(all) == 0 {
		return "", fettle.Errorf(fettle.Invalid, "the workbook has no worksheet")
	}
	if asked != "" {
		return namedSheet(all, asked)
	}
	var visible []string
	for _, s := range all {
		if shown, err := file.GetSheetVisible(s); err == nil && shown {
			visible = append(visible, s)
		}
	}
	if len(visible) == 0 {
		visible = all[:1]
	}
	best, bestRank := visible[0], -1
	var filledOnes []string
	for _, s := range visible {
		rank := 0
		if len(visible) > 1 {
			rank = tableRank(file, s)
		}
		if rank > 0 {
			filledOnes = append(filledOnes, s)
		}
		if rank > bestRank {
			best, bestRank = s, rank
		}
	}
	if over := slices.DeleteFunc(filledOnes, func(s string) bool { return s == best }); len(over) > 0 {
		n.list = append(n.list, fettle.FileNote{Kind: noteSheets, Count: int64(len(over)), Text: fmt.Sprintf("only the worksheet %q was read; not read: %s", best, strings.Join(over, ", "))})
	}
	return best, nil
}

func namedSheet(all []string, asked string) (string, error) {
	for _, same := range []func(s string) bool{
		func(s string) bool { return s == asked },
		func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), strings.TrimSpace(asked)) },
	} {
		if i := slices.IndexFunc(all, same); i >= 0 {
			return all[i], nil
		}
	}
	if n, err := strconv.Atoi(asked); err == nil && n >= 1 && n <= len(all) {
		return all[n-1], nil
	}
	return "", fettle.Errorf(fettle.Invalid, "the workbook has no worksheet %.60q", asked).WithHint("Its worksheets are %s.", strings.Join(all, ", ")).With("field", "sheet")
}

// How much a worksheet looks like a table of records, from nothing in it up.
const (
	sheetEmpty = iota
	sheetText  // one column, or a row or two
	sheetPairs // two columns without known headings: it may be a cover
	sheetTable
)

// tableRank looks at the beginning of a worksheet.
func tableRank(file *excelize.File, sheet string) int {
	rows, err := file.Rows(sheet)
	if err != nil {
		return sheetEmpty
	}
	defer func() { _ = rows.Close() }()
	var ahead []record
	for line := 1; line <= lookRows && rows.Next(); line++ {
		cells, err := rows.Columns()
		if err != nil {
			break
		}
		if rec := (record{line: line, cells: cells}); !rec.blank() {
			ahead = append(ahead, rec)
		}
	}
	if len(ahead) == 0 {
		return sheetEmpty
	}
	at := headerRow(ahead)
	width, below := filled(ahead[at]), ahead[at+1:]
	switch {
	case len(below) == 0 || width < 2 || usualWidth(below) < 2:
		if width == 1 && len(below) > 0 && known(ahead[at].cells) == 1 {
			return sheetTable // a list of addresses, say
		}
		return sheetText
	case !headings(ahead[at]) || width == 2 && known(ahead[at].cells) < 2 || known(ahead[at].cells) == 0 && width < 4:
		return sheetPairs
	}
	return sheetTable
}

// known is how many of the headings name a field that every workspace begins
// with.
func known(cells []string) int {
	fields := fettle.DefaultFields()
	most := 0
	for _, entity := range []fettle.Entity{fettle.People, fettle.Companies} {
		own := slices.DeleteFunc(slices.Clone(fields), func(f fettle.Field) bool { return f.Entity != entity })
		most = max(most, len(AutoMap(uniqueNames(cells), own)))
	}
	return most
}
