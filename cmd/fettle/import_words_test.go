package main

import (
	"fmt"
	"strings"
	"testing"

	"fettle"
)

// TestAnImportIsToldInWords reads what stands on the terminal after an import: where
// every column went, and by what rows fell together.
func TestAnImportIsToldInWords(t *testing.T) {
	v := fettle.ImportView{
		Entity: fettle.People, Read: 4, Created: 2, Merged: 2, Source: "csv:record-id", Mapping: map[string]string{}, State: "done", ID: 7,
		Merges: []fettle.MergedRow{
			{Line: 3, WithLine: 2, Key: "external:csv:record-id:510"},
			{Line: 4, WithLine: 2, Key: "email:ann@acme.com"},
			{Line: 5, WithLine: 2, Key: "row"},
			{Line: 6, WithLine: 2, Key: "linkedin:in/ann"},
			{Line: 7, WithLine: 2, Key: "external:hubspot:51"},
		},
		Rejects: []fettle.Reject{{Line: 9, Reason: "it stands below the table and is no row of it"}},
	}
	const columns = 60
	for i := range columns {
		name := fmt.Sprintf("c%02d", i)
		v.Mapping["Column "+name] = name
		v.Receipt = append(v.Receipt, fettle.ReceiptField{Column: "Column " + name, Field: name, File: 4, Table: 4})
	}
	var out strings.Builder
	printImport(&out, v)
	for _, want := range []string{"by the id 510\n", "by the email ann@acme.com\n", "by every cell: it is the very same row\n", "by LinkedIn in/ann\n", "by the id 51\n", "  line 9: it stands"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
	for column := range v.Mapping {
		if !strings.Contains(out.String(), column+" ") {
			t.Errorf("it does not say where %s went", column)
		}
	}
}
