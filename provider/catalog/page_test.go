package catalog

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"fettle"
	"fettle/provider"
	"fettle/provider/declarative"
)

var write = flag.Bool("write", false, "write the tables into docs/catalog.md")

// TestTheCatalogueIsInTheDocs compares docs/catalog.md with the definitions.
// go test ./provider/catalog -write writes it.
func TestTheCatalogueIsInTheDocs(t *testing.T) {
	const file, begin, end = "../../docs/catalog.md", "<!-- made by go test ./provider/catalog -write -->\n", "<!-- end -->\n"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the tables", file)
	}
	want := head + begin + page(t) + end + tail
	if *write {
		err = os.WriteFile(file, []byte(want), 0o600)
	} else if want != string(b) {
		t.Error("the page is not what the definitions say: go test ./provider/catalog -write")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// page is the catalogue as it stands in docs/catalog.md.
func page(t *testing.T) string {
	t.Helper()
	defs, err := Definitions()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	line("\n| Provider | Operation | What bills | Records a request | An answer lasts | Sent again after a loss |\n|---|---|---|---|---|---|")
	for _, d := range defs {
		if d.ID == "sandbox" {
			continue
		}
		infos := map[string]provider.OperationInfo{}
		for _, o := range declarative.New(d).Describe().Operations {
			infos[o.ID] = o
		}
		for _, op := range d.Operations {
			again, many, lasts := "no", "1", "not said"
			if op.Cache != nil {
				lasts = fettle.Interval(op.Cache.Positive).String() + ", a miss " + fettle.Interval(op.Cache.Negative).String()
			}
			if m := op.Idempotent.Mode; m != "" && m != "none" && op.AfterTime != "unsafe" {
				again = "yes"
			}
			if op.Request.MaxItems > 1 {
				many = fmt.Sprint("up to ", op.Request.MaxItems)
				if op.Mode == "async_batch" {
					many += ", as a job"
				}
			}
			bills := infos[d.ID+"/"+op.ID].Billing
			if _, err := strconv.ParseFloat(op.Cost.Estimate, 64); err != nil {
				bills = fmt.Sprintf("at most `%s` (%s), %s", strings.ReplaceAll(op.Cost.Estimate, "|", `\|`), op.Cost.Unit, bills)
			}
			line("| [%s](#%s) | `%s`: %s | %s | %s | %s | %s |", d.Name, anchor(d.Name), op.ID, op.Title, bills, many, lasts, again)
		}
	}
	for _, d := range defs {
		if d.ID != "sandbox" {
			details(d, line)
		}
	}
	return b.String() + "\n"
}

// details says of a provider what the table has no room for.
func details(d *declarative.Definition, line func(string, ...any)) {
	line("\n### %s\n\n[Documentation](%s). The definition is of %s.\n", d.Name, d.Links.Docs, strings.ReplaceAll(d.DefinitionVersion, ".", "-"))
	if d.Freshness != "" {
		line("- **Its data**: %s.", d.Freshness)
	}
	var paces []string
	for _, p := range d.Limits.Policies {
		paces = append(paces, fmt.Sprintf("%v a %s", p.Requests, p.ID))
	}
	line("- **Pace**: %s.", cmp.Or(strings.Join(paces, ", "), "not known"))
	if d.Balance != nil {
		line("- **Credits left**: asked of the provider, in its unit (%s).", d.Balance.Unit)
	}
	if len(d.Unverified) > 0 {
		line("- **Not verified**: %s.", strings.Join(d.Unverified, "; "))
	}
	for i, s := range d.Sources {
		if i == 0 {
			line("- **Read at**:")
		}
		line("  - <%s> (%s): %s", s.URL, s.Read, s.For)
	}
	if len(d.Sources) == 0 {
		line("- **Read at**: not written down.")
	}
}

func anchor(name string) string {
	return strings.NewReplacer(" ", "-", ".", "").Replace(strings.ToLower(name))
}
