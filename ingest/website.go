package ingest

import (
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
	"fettle/source/csv"
)

// autoMap guesses by name where columns go, and doubts what is taken for a
// website: a column of LinkedIn addresses is that, whatever it is called, and
// makes room for one that is a website. So is a profile or a link of the record
// itself that holds them.
func autoMap(free []string, unused []fettle.Field, columns []string, first [][]string, entity fettle.Entity) map[string]string {
	var linked []string
	for {
		guessed := csv.AutoMap(free, unused)
		i := slices.IndexFunc(free, func(c string) bool {
			return (guessed[c] == "company_domain" || guessed[c] == "domain") && linkedIn(first, slices.Index(columns, c)) != ""
		})
		if i >= 0 {
			linked, free = append(linked, free[i]), slices.Delete(slices.Clone(free), i, i+1)
			continue
		}
		_, wanted := fieldByKey(unused, "linkedin_url")
		profiles := slices.DeleteFunc(unguessed(free, guessed), func(c string) bool { return !csv.OwnProfile(c) })
		for _, c := range slices.Concat(linked, profiles) {
			if wanted && !taken(guessed, "linkedin_url") && linkedIn(first, slices.Index(columns, c)) == entity {
				guessed[c] = "linkedin_url"
			}
		}
		doubtWebsite(guessed, columns, entity)
		return guessed
	}
}

// unguessed are the columns that fit no field by name.
func unguessed(free []string, guessed map[string]string) []string {
	return slices.DeleteFunc(slices.Clone(free), func(c string) bool { return guessed[c] != "" })
}

// companyName is the field of people that holds the name of their company. It is
// made by the first list that has such a column.
const companyName = "company_name"

// nameCompany puts the column that names the company of each person into the field
// for it, whatever the tool calls it: lists of several tools then fill one field.
// Where the field is not there yet it gives the column that makes it.
func nameCompany(guessed map[string]string, unused []fettle.Field, free []string, entity fettle.Entity) string {
	if entity != fettle.People || taken(guessed, companyName) {
		return ""
	}
	column := csv.CompanyColumn(unguessed(free, guessed))
	if f, there := fieldByKey(unused, companyName); there && f.Type == fettle.Text && column != "" {
		guessed[column] = companyName
	}
	return column
}

// doubtWebsite looks at what is taken for the website of a person's company. A
// personal website is the person's, unless the file names the company in a column
// of its own. The rest is mapped, and the result says from which column the domain
// comes.
func doubtWebsite(guessed map[string]string, columns []string, entity fettle.Entity) {
	if entity != fettle.People {
		return
	}
	for _, column := range columns {
		if guessed[column] == "company_domain" && csv.Ownerless(column) && !slices.ContainsFunc(columns, csv.NamesCompany) {
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

// linkedIn tells whose addresses on LinkedIn most values of a column are; "" if
// they are something else.
func linkedIn(first [][]string, column int) fettle.Entity {
	values, people, companies := 0, 0, 0
	for _, row := range first {
		if row[column] == "" {
			continue
		}
		values++
		switch key, ok := identity.LinkedIn(row[column]); {
		case ok && identity.IsCompanyLinkedIn(key), !ok && strings.Contains(row[column], "linkedin.com/sales/company/"):
			companies++
		case ok:
			people++
		}
	}
	switch {
	case 2*people > values:
		return fettle.People
	case 2*companies > values:
		return fettle.Companies
	}
	return ""
}
