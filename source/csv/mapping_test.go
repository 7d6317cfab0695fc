package csv_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/source/csv"
)

func fieldsOf(entity fettle.Entity, more ...fettle.Field) []fettle.Field {
	var out []fettle.Field
	for _, f := range fettle.DefaultFields() {
		if f.Entity == entity {
			out = append(out, f)
		}
	}
	return append(out, more...)
}

func TestAutoMap(t *testing.T) {
	for _, tc := range []struct {
		name    string
		columns []string
		fields  []fettle.Field
		want    map[string]string
	}{
		{
			"our own export",
			[]string{"external_id", "name", "linkedin_url", "company_domain"},
			fieldsOf(fettle.People),
			map[string]string{"external_id": "external_id", "name": "name", "linkedin_url": "linkedin_url", "company_domain": "company_domain"},
		},
		{
			"labels",
			[]string{"First name", "LAST NAME", "LinkedIn URL"},
			fieldsOf(fettle.People),
			map[string]string{"First name": "first_name", "LAST NAME": "last_name", "LinkedIn URL": "linkedin_url"},
		},
		{
			"other people's words",
			[]string{"Full Name", "E-mail Address", "Job Title", "Company Website", "LinkedIn", "Mobile Phone", "Company", "Shoe size"},
			fieldsOf(fettle.People),
			map[string]string{"Full Name": "name", "E-mail Address": "email", "Job Title": "title", "Company Website": "company_domain", "LinkedIn": "linkedin_url", "Mobile Phone": "phone"},
		},
		{
			"a lead database",
			[]string{"First Name", "Last Name", "Title", "Company Name", "Email", "Email Status", "Work Direct Phone", "Mobile Phone", "# Employees", "Person Linkedin Url", "Website", "Company Linkedin Url", "City"},
			fieldsOf(fettle.People),
			map[string]string{"First Name": "first_name", "Last Name": "last_name", "Title": "title", "Email": "email", "Work Direct Phone": "", "Mobile Phone": "phone", "Person Linkedin Url": "linkedin_url", "Website": "company_domain", "City": "location"},
		},
		{
			"companies",
			[]string{"Company Name", "Company Website", "LinkedIn Company URL", "Sector", "Headquarters", "# Employees", "Record ID"},
			fieldsOf(fettle.Companies),
			map[string]string{"Company Name": "name", "Company Website": "domain", "LinkedIn Company URL": "linkedin_url", "Sector": "industry", "Headquarters": "location", "# Employees": "employee_count", "Record ID": "external_id"},
		},
		{
			"a field has one column, the likeliest",
			[]string{"Personal Email", "Work Email", "Email"},
			fieldsOf(fettle.People),
			map[string]string{"Email": "email"},
		},
		{
			"fields of one's own come by key and label",
			[]string{"ICP fit", "plan-name"},
			fieldsOf(fettle.People, fettle.Field{Entity: fettle.People, Key: "icp_fit"}, fettle.Field{Entity: fettle.People, Key: "p", Label: "Plan name"}),
			map[string]string{"ICP fit": "icp_fit", "plan-name": "p"},
		},
		{
			"other languages",
			[]string{"Prénom", "Nachname", "Téléfono"},
			fieldsOf(fettle.People),
			map[string]string{"Prénom": "first_name", "Nachname": "last_name", "Téléfono": "phone"},
		},
		{"nothing", []string{"", "column_2", "***"}, fieldsOf(fettle.People), map[string]string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for column, field := range tc.want {
				if field == "" {
					delete(tc.want, column)
				}
			}
			if diff := cmp.Diff(tc.want, csv.AutoMap(tc.columns, tc.fields)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
