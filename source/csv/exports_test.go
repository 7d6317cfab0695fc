package csv

import (
	"strings"
	"testing"

	"fettle"
)

// TestExportsOfTools maps the headings that tools give their exports. A column
// that is not named here goes into a field of its own.
func TestExportsOfTools(t *testing.T) {
	for _, c := range []struct {
		tool     string
		entity   fettle.Entity
		headings string
		want     string
	}{
		{
			"HubSpot contacts", fettle.People,
			"Record ID|First Name|Last Name|Email|Phone Number|Contact owner|Last Activity Date|Lead Status|Marketing contact status|Create Date|Job Title|Company Name|Website URL|City|State/Region|Country/Region|Industry|Number of Employees|Annual Revenue|Lifecycle Stage|LinkedIn URL|Associated Company|Associated Company IDs|Time Zone|Original Traffic Source",
			"Record ID=external_id|First Name=first_name|Last Name=last_name|Email=email|Phone Number=phone|Job Title=title|Website URL=company_domain|City=location|LinkedIn URL=linkedin_url",
		},
		{
			"HubSpot companies", fettle.Companies,
			"Record ID|Company name|Company Domain Name|Company owner|Create Date|Phone Number|Last Activity Date|City|Country/Region|Industry|Number of Employees|Annual Revenue|LinkedIn Company Page|Website URL",
			"Record ID=external_id|Company name=name|Company Domain Name=domain|City=location|Industry=industry|Number of Employees=employee_count|LinkedIn Company Page=linkedin_url",
		},
		{
			"Salesforce contacts", fettle.People,
			"Contact ID|Salutation|First Name|Last Name|Title|Account Name|Account ID|Mailing Street|Mailing City|Mailing State/Province|Mailing Zip/Postal Code|Mailing Country|Phone|Fax|Mobile|Email|Account Owner|Lead Source|Website|LinkedIn Profile URL",
			"Contact ID=external_id|First Name=first_name|Last Name=last_name|Title=title|Mailing City=location|Phone=phone|Email=email|Website=company_domain|LinkedIn Profile URL=linkedin_url",
		},
		{
			"Salesforce by the data loader", fettle.People,
			"Id|AccountId|LastName|FirstName|Salutation|Name|MailingStreet|MailingCity|MailingCountry|Phone|MobilePhone|Email|Title|Department|OwnerId|CreatedDate|LastModifiedDate|LinkedIn_URL__c",
			"Id=external_id|LastName=last_name|FirstName=first_name|Name=name|MailingCity=location|Phone=phone|Email=email|Title=title|LinkedIn_URL__c=linkedin_url",
		},
		{
			"Salesforce accounts", fettle.Companies,
			"Account ID|Account Name|Billing City|Billing Country|Type|Industry|Employees|Website|Annual Revenue|Account Owner|LinkedIn_Page__c",
			"Account ID=external_id|Account Name=name|Billing City=location|Industry=industry|Employees=employee_count|Website=domain|LinkedIn_Page__c=linkedin_url",
		},
		{
			"Apollo people", fettle.People,
			"First Name|Last Name|Title|Company|Company Name for Emails|Email|Email Status|Primary Email Source|Seniority|Departments|Contact Owner|Work Direct Phone|Home Phone|Mobile Phone|Corporate Phone|Other Phone|Stage|Lists|Last Contacted|Account Owner|# Employees|Industry|Keywords|Person Linkedin Url|Website|Company Linkedin Url|Facebook Url|Twitter Url|City|State|Country|Company Address|Company City|Company Country|Company Phone|SEO Description|Technologies|Annual Revenue|Total Funding|Apollo Contact Id|Apollo Account Id",
			"First Name=first_name|Last Name=last_name|Title=title|Email=email|Mobile Phone=phone|Person Linkedin Url=linkedin_url|Website=company_domain|City=location|Apollo Contact Id=external_id",
		},
		{
			"Apollo companies", fettle.Companies,
			"Company|Company Name for Emails|Account Stage|Lists|# Employees|Industry|Account Owner|Website|Company Linkedin Url|Facebook Url|Twitter Url|Company Street|Company City|Company State|Company Country|Company Postal Code|Company Address|Keywords|Company Phone|Technologies|Total Funding|Annual Revenue|Apollo Account Id|SIC Codes|Founded Year|Short Description",
			"Company=name|# Employees=employee_count|Industry=industry|Website=domain|Company Linkedin Url=linkedin_url|Company Address=location|Apollo Account Id=external_id",
		},
		{
			"LinkedIn connections", fettle.People,
			"First Name|Last Name|URL|Email Address|Company|Position|Connected On",
			"First Name=first_name|Last Name=last_name|URL=company_domain|Email Address=email|Position=title",
		},
		{
			"Sales Navigator", fettle.People,
			"profileUrl|fullName|firstName|lastName|companyName|title|companyId|companyUrl|regularCompanyUrl|summary|titleDescription|industry|companyLocation|location|durationInRole|connectionDegree|profileImageUrl|vmid|defaultProfileUrl",
			"defaultProfileUrl=linkedin_url|companyUrl=company_domain|fullName=name|firstName=first_name|lastName=last_name|title=title|location=location",
		},
		{
			"Sales Navigator accounts", fettle.Companies,
			"companyUrl|companyName|description|companyId|regularCompanyUrl|industry|employeesCount|employeeCountRange|location|website",
			"companyName=name|companyId=external_id|industry=industry|employeesCount=employee_count|location=location|website=domain",
		},
		{
			"Outreach prospects", fettle.People,
			"Prospect ID|First Name|Last Name|Email|Title|Company|Account|Owner|Stage|Tags|Work Phone|Mobile Phone|LinkedIn URL|Address City|Address Country|Time Zone|Website URL 1|Last Contacted|Opted Out",
			"Prospect ID=external_id|First Name=first_name|Last Name=last_name|Email=email|Title=title|Mobile Phone=phone|LinkedIn URL=linkedin_url|Address City=location|Website URL 1=company_domain",
		},
		{
			"Pipedrive people", fettle.People,
			"Person - ID|Person - Name|Person - First name|Person - Last name|Person - Label|Person - Organization|Person - Email - Work|Person - Email - Home|Person - Phone - Work|Person - Phone - Mobile|Person - Owner|Person - Job title|Person - Postal address|Person - Person created|Person - LinkedIn",
			"Person - ID=external_id|Person - Name=name|Person - First name=first_name|Person - Last name=last_name|Person - Email - Work=email|Person - Phone - Work=phone|Person - Job title=title|Person - Postal address=location|Person - LinkedIn=linkedin_url",
		},
		{
			"Attio people", fettle.People,
			"Record ID|Name|Email addresses|Description|Company|Job title|Phone numbers|Primary location|LinkedIn|Twitter|Facebook|Created at",
			"Record ID=external_id|Name=name|Email addresses=email|Job title=title|Phone numbers=phone|Primary location=location|LinkedIn=linkedin_url",
		},
		{
			"Attio companies", fettle.Companies,
			"Record ID|Name|Domains|Description|Categories|Team|Primary location|LinkedIn|Twitter|Employee range|Created at",
			"Record ID=external_id|Name=name|Domains=domain|Primary location=location|LinkedIn=linkedin_url",
		},
		{
			"Pipedrive organizations", fettle.Companies,
			"Organization - ID|Organization - Name|Organization - Label|Organization - Address|Organization - Owner|Organization - People|Organization - Website|Organization - LinkedIn profile|Organization - Industry|Organization - Number of employees",
			"Organization - ID=external_id|Organization - Name=name|Organization - Address=location|Organization - Website=domain|Organization - LinkedIn profile=linkedin_url|Organization - Industry=industry|Organization - Number of employees=employee_count",
		},
	} {
		t.Run(c.tool, func(t *testing.T) {
			columns := strings.Split(c.headings, "|")
			var fields []fettle.Field
			for _, f := range fettle.DefaultFields() {
				if f.Entity == c.entity {
					fields = append(fields, f)
				}
			}
			got := AutoMap(columns, fields)
			want := map[string]string{}
			for pair := range strings.SplitSeq(c.want, "|") {
				column, field, _ := strings.Cut(pair, "=")
				want[column] = field
			}
			for _, column := range columns {
				if got[column] != want[column] {
					t.Errorf("%q goes into %q, want %q", column, got[column], want[column])
				}
			}
		})
	}
}
