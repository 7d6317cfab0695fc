package sandbox

import (
	"strings"

	"fettle"
)

// operation is one thing that can be asked of the data providers.
type operation struct {
	id     string
	inputs []string
	// optional inputs may be left out; they are the last ones.
	optional int
	// price is what a hit costs; of variable, it depends on the input.
	price func(d dice) fettle.Credits
	// bills says what of the price is billed for an answer; nil: all of it.
	bills      func(in []string, data map[string]any) bool
	perContact bool // the first input tells whom it is about: a contact is billed once in a period
	jobs       bool // it tells where people work
	// batch is how many records a request may hold, which is billed least at the
	// least, if at all; 0 for one record that stands in the body itself.
	batch int
	least fettle.Credits
	later bool // a request is a job, whose results are asked for
	// data is what a hit gives.
	data func(d dice, in []string) map[string]any
}

// modelID is the id of the AI model in the books.
const modelID = "model"

// highestVariable is the stated highest price of the variable operation.
const highestVariable = 7 * fettle.Credit

// What a check of job_change_minimum, or a record in a batch, costs, and a request
// at the least; and how many records a request may hold.
const (
	leastCheck   = fettle.Credit * 4 / 10
	leastRequest = fettle.Credit
	maxBatch     = 25
)

func flat(c fettle.Credits) func(dice) fettle.Credits {
	return func(dice) fettle.Credits { return c }
}

// operations lists the data operations with their prices, as documented.
func operations() []operation {
	return []operation{
		{id: "find_email", inputs: []string{"full_name", "company_domain"}, price: flat(1 * fettle.Credit), data: findEmail},
		{id: "job_title", inputs: []string{"email"}, price: flat(2 * fettle.Credit), data: jobTitle},
		{id: "company", inputs: []string{"domain"}, price: flat(fettle.Credit / 2), data: company},
		{id: "variable", inputs: []string{"name"}, price: variablePrice, data: score},
		{id: jobChangeID, inputs: []string{"linkedin_url", "title", "company_domain"}, optional: 2, price: flat(1 * fettle.Credit), data: employment, jobs: true},
		{id: "job_change_per_change", inputs: []string{"linkedin_url", "title", "company_domain"}, optional: 2, price: flat(5 * fettle.Credit), bills: moved, data: employment, jobs: true},
		{id: "job_change_minimum", inputs: []string{"linkedin_url", "title", "company_domain"}, optional: 2, price: flat(max(leastCheck, leastRequest)), data: employment, jobs: true},
		{id: "job_change_batch", inputs: []string{"linkedin_url", "title", "company_domain"}, optional: 2, price: flat(leastCheck), data: employment, jobs: true, batch: maxBatch, least: leastRequest},
		{id: "find_email_batch", inputs: []string{"full_name", "company_domain"}, price: flat(leastCheck), data: findEmail, batch: maxBatch, least: leastRequest},
		{id: "find_email_job", inputs: []string{"full_name", "company_domain"}, price: flat(leastCheck), data: findEmail, batch: maxBatch, least: leastRequest, later: true},
		{id: "job_change_per_contact", inputs: []string{"linkedin_url", "title", "company_domain"}, optional: 2, price: flat(3 * fettle.Credit), perContact: true, data: employment, jobs: true},
	}
}

// variablePrice is between 0.1 and 7 credits, with six decimals.
func variablePrice(d dice) fettle.Credits {
	d = d.and(0x7072696365)
	const low = fettle.Credit / 10
	return low + fettle.Credits(d.below(int(highestVariable-low)+1))
}

// normalise makes inputs that mean the same equal: case and spaces do not
// matter to the simulated providers.
func normalise(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

// check says what is wrong with an input, or "".
func check(name, value string) string {
	switch {
	case value == "":
		return name + " is missing"
	case len(value) > 1000:
		return name + " is longer than 1000 bytes"
	case name == "email" && !strings.Contains(value, "@"):
		return "email is not an email address"
	}
	return ""
}
