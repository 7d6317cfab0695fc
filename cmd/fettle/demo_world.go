package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
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
)

// demoWorld makes believable people and companies; the same seed makes the
// same ones.
func demoWorld(seed uint64) (people, companies []byte, err error) {
	fake := rand.New(rand.NewPCG(seed, 0))
	var out bytes.Buffer
	w := csv.NewWriter(&out)
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
	if err := w.WriteAll(rows); err != nil {
		return nil, nil, err
	}
	companies = bytes.Clone(out.Bytes())
	out.Reset()
	if err := w.WriteAll(demoRows(fake, domains)); err != nil {
		return nil, nil, err
	}
	return bytes.Clone(out.Bytes()), companies, nil
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
