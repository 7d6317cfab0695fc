package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// The demo's people, in the numbers of the story that it tells: 501 engineers,
// 940 people in Berlin, 300 of them both.
const (
	demoPeople    = 2000
	demoCompanies = 300
	engineers     = 501
	inBerlin      = 940
	inBoth        = 300

	// Who moved until the list came again: nobody of the numbers above.
	moved    = 18
	retitled = 6
	respelt  = 40 // their titles are written otherwise, which is no change
)

// demoLists are the files of the demo.
type demoLists struct{ companies, people, later []byte }

// demoWorld makes believable people and companies, and the list of people as it
// is a month later; the same seed makes the same ones.
func demoWorld(seed uint64) (demoLists, error) {
	fake := rand.New(rand.NewPCG(seed, 0))
	rows := [][]string{{"External ID", "Name", "Domain", "Industry", "Location", "Employees"}}
	domains, seen := []string{}, map[string]bool{}
	industries := []string{"Software", "Logistics", "Energy", "Retail", "Finance", "Health", "Media", "Manufacturing"}
	for len(domains) < demoCompanies {
		name := oneOf(fake, demoLastNames) + " " + oneOf(fake, []string{"Labs", "Works", "Systems", "Group", "Analytics", "Robotics", "Foods", "Mobility"})
		domain := strings.ToLower(strings.ReplaceAll(name, " ", "")) + ".example"
		if seen[domain] {
			continue
		}
		seen[domain] = true
		domains = append(domains, domain)
		row := []string{"c-" + strconv.Itoa(len(domains)), name, domain, oneOf(fake, industries), demoCity(fake, false), strconv.Itoa(5 + fake.IntN(4996))}
		blank(fake, row, 3, 30)
		blank(fake, row, 5, 45)
		rows = append(rows, row)
	}
	people := demoRows(fake, domains)
	later := demoMonth(rand.New(rand.NewPCG(seed, 1)), people, domains)
	var l demoLists
	for _, f := range []struct {
		to   *[]byte
		rows [][]string
	}{{&l.companies, rows}, {&l.people, people}, {&l.later, later}} {
		var out bytes.Buffer
		if err := csv.NewWriter(&out).WriteAll(f.rows); err != nil {
			return l, err
		}
		*f.to = out.Bytes()
	}
	return l, nil
}

// The columns of the list of people that change within a month.
const (
	demoID      = 0
	demoTitleAt = 4
	demoCompany = 7
)

// demoMonth is the list of people a month later: some work elsewhere, some have
// another title, and of some the title is only written otherwise.
func demoMonth(fake *rand.Rand, people [][]string, domains []string) [][]string {
	later := make([][]string, len(people))
	n := 0
	for i, row := range people {
		later[i] = slices.Clone(row)
		id, _ := strconv.Atoi(strings.TrimPrefix(row[demoID], "p-"))
		if id <= engineers+inBerlin-inBoth || row[demoTitleAt] == "" {
			continue
		}
		switch n++; {
		case n <= moved:
			later[i][demoCompany] = another(fake, domains, row[demoCompany])
			later[i][demoTitleAt] = demoTitle(fake, false)
		case n <= moved+retitled:
			later[i][demoTitleAt] = "Senior " + row[demoTitleAt]
		case n <= moved+retitled+respelt:
			later[i][demoTitleAt] = strings.ToUpper(row[demoTitleAt])
		}
	}
	return later
}

// another is one of them that is not this one.
func another(fake *rand.Rand, from []string, than string) string {
	for {
		if s := oneOf(fake, from); s != than {
			return s
		}
	}
}

func demoRows(fake *rand.Rand, domains []string) [][]string {
	rows := make([][]string, 0, demoPeople)
	for i := range demoPeople {
		engineer := i < engineers
		berlin := i < inBoth || i >= engineers && i < engineers+inBerlin-inBoth
		first, last := oneOf(fake, demoFirstNames), oneOf(fake, demoLastNames)
		slug := strings.ToLower(first + "-" + last + "-" + strconv.Itoa(i))
		row := []string{
			fmt.Sprintf("p-%d", i+1), first + " " + last, first, last, demoTitle(fake, engineer), demoCity(fake, berlin),
			"https://www.linkedin.com/in/" + slug, oneOf(fake, domains),
		}
		blank(fake, row, 3, 12)
		if !engineer {
			blank(fake, row, 4, 20)
		}
		if !berlin {
			blank(fake, row, 5, 35)
		}
		blank(fake, row, 6, 40)
		rows = append(rows, row)
	}
	fake.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return append([][]string{{"External ID", "Name", "First name", "Last name", "Title", "Location", "LinkedIn URL", "Company domain"}}, rows...)
}

// blank empties a cell for so many of a hundred rows.
func blank(fake *rand.Rand, row []string, i, percent int) {
	if fake.IntN(100) < percent {
		row[i] = ""
	}
}

func demoTitle(fake *rand.Rand, engineer bool) string {
	if engineer {
		return oneOf(fake, []string{"VP Engineering", "Head of Engineering", "Principal Engineer", "Staff Engineer", "Director of Engineering", "Lead Engineer"})
	}
	return oneOf(fake, []string{"VP Sales", "Account Executive", "Head of Marketing", "CFO", "Office Manager", "Product Manager", "Recruiter", "Head of Operations"})
}

func demoCity(fake *rand.Rand, berlin bool) string {
	if berlin {
		return "Berlin"
	}
	return oneOf(fake, []string{"Hamburg", "Munich", "Cologne", "Leipzig", "Vienna", "Zurich", "Paris", "London", "Amsterdam", "Lisbon"})
}

func oneOf(fake *rand.Rand, from []string) string { return from[fake.IntN(len(from))] }
