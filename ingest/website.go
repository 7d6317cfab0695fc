package ingest

import (
	"slices"

	"fettle"
	"fettle/identity"
	"fettle/source/csv"
)

// doubtWebsite looks at what is taken for the website of a person's company. A
// column of LinkedIn addresses is that, whatever it is called; a personal website
// is the person's, unless the file names the company in a column of its own. The
// rest is mapped, and the result says from which column the domain comes.
func doubtWebsite(guessed map[string]string, columns []string, first [][]string, entity fettle.Entity) {
	if entity != fettle.People {
		return
	}
	for i, column := range columns {
		if guessed[column] != "company_domain" {
			continue
		}
		switch {
		case mostlyLinkedIn(first, i):
			delete(guessed, column)
			if !taken(guessed, "linkedin_url") {
				guessed[column] = "linkedin_url"
			}
		case csv.Ownerless(column) && !slices.ContainsFunc(columns, csv.NamesCompany):
			delete(guessed, column)
		}
	}
}

func taken(guessed map[string]string, field string) bool {
	for _, f := range guessed {
		if f == field {
			return true
		}
	}
	return false
}

// mostlyLinkedIn reports whether most values of a column are addresses of people
// on LinkedIn.
func mostlyLinkedIn(first [][]string, column int) bool {
	values, people := 0, 0
	for _, row := range first {
		if row[column] == "" {
			continue
		}
		values++
		if key, ok := identity.LinkedIn(row[column]); ok && !identity.IsCompanyLinkedIn(key) {
			people++
		}
	}
	return 2*people > values
}
