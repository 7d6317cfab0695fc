package csv

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"fettle"
)

// AutoMap guesses which column holds which field, by name: the field's key and
// label first, then what other tools call it. A field gets one column, a column
// one field; columns that fit nothing are left out.
func AutoMap(columns []string, fields []fettle.Field) map[string]string {
	mapped := make(map[string]string)
	used := make(map[string]bool)
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = plainName(c)
	}
	assign := func(field string, accept func(i int) bool) {
		for i, column := range columns {
			if _, taken := mapped[column]; !used[field] && !taken && accept(i) {
				mapped[column], used[field] = field, true
			}
		}
	}
	for _, f := range fields {
		assign(f.Key, func(i int) bool { return columns[i] == f.Key })
	}
	for _, f := range fields {
		assign(f.Key, func(i int) bool {
			return names[i] != "" && (names[i] == plainName(f.Key) || names[i] == plainName(f.Label))
		})
	}
	for _, f := range fields {
		for _, synonym := range synonyms(f) {
			assign(f.Key, func(i int) bool { return names[i] == synonym })
		}
	}
	return mapped
}

// plainName folds case, accents and everything but letters and digits.
func plainName(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		case r == '#':
			b.WriteString("number")
		}
	}
	return b.String()
}

// synonyms are the plain names of a default field in exports of CRMs and lead
// databases, the likelier first. Fields that people add have none.
func synonyms(f fettle.Field) []string {
	switch f.Entity {
	case fettle.People:
		return strings.Fields(peopleNames[f.Key])
	case fettle.Companies:
		return strings.Fields(companyNames[f.Key])
	}
	return nil
}

var peopleNames = map[string]string{
	"external_id": `externalid id recordid contactid personid leadid userid customerid crmid uid uuid guid`,
	"name":        `fullname personname contactname leadname contact person displayname nameofcontact completename officialfull officialname vollstandigername nom nomcomplet nombrecompleto`,
	"first_name":  `firstname first givenname forename fname contactfirstname personfirstname leadfirstname vorname prenom nombre`,
	"last_name":   `lastname last surname familyname lname contactlastname personlastname leadlastname nachname apellido apellidos nomdefamille`,
	"email":       `email emailaddress mail emailid workemail businessemail workemailaddress companyemail corporateemail professionalemail primaryemail contactemail personemail emails email1 emailwork correo correoelectronico courriel personalemail`,
	"phone":       `phone phonenumber telephone tel telephonenumber mobile mobilephone mobilenumber cell cellphone workphone directphone workdirectphone directdial businessphone phone1 primaryphone contactphone officephone homephone telefon telefonnummer handy telefono`,
	"title":       `jobtitle title position role jobposition currenttitle currentposition currentjobtitle designation occupation jobrole worktitle persontitle headline berufsbezeichnung funktion poste cargo`,
	"location":    `location personlocation contactlocation city cityorlocation currentlocation address region homelocation ort stadt standort ville ciudad`,
	"linkedin_url": `linkedin linkedinurl linkedinprofile linkedinprofileurl personlinkedin personlinkedinurl linkedinlink linkedincontactprofileurl contactlinkedin contactlinkedinurl
		linkedinpersonurl linkedinaddress linkedinpage profilelinkedin profileurl publicprofileurl linkedinpublicurl linkedinbio contactlinkedinprofileurl`,
	"company_domain": `companydomain companywebsite companydomainname companyurl website domain companysite companywebsiteurl companywebaddress companyhomepage organizationdomain organizationwebsite
		accountwebsite accountdomain employerdomain employerwebsite workdomain websiteurl webaddress emaildomain corporatewebsite domainname web url`,
}

var companyNames = map[string]string{
	"external_id":    `externalid id recordid companyid accountid organizationid organisationid customerid crmid uid uuid guid symbol ticker`,
	"name":           `companyname company name accountname account organization organisation organizationname organisationname orgname business businessname legalname employer firma firmenname unternehmen entreprise societe empresa security`,
	"domain":         `domain companydomain companydomainname website companywebsite url companyurl websiteurl webaddress homepage homepageurl site web primarydomain domainname emaildomain companywebsiteurl corporatewebsite accountwebsite webseite`,
	"linkedin_url":   `linkedin linkedinurl companylinkedin companylinkedinurl linkedincompanyurl linkedinpage linkedincompanypage companylinkedinprofile linkedincompanyprofileurl linkedinprofile linkedinlink companylinkedinpage linkedincompanypageurl accountlinkedinurl`,
	"industry":       `industry sector companyindustry primaryindustry industries vertical category industrysector gicssector branche secteur`,
	"location":       `headquarters headquarterslocation hqlocation hq headquarter location companylocation companyheadquarters companyaddress address city companycity region standort sitz hauptsitz siege`,
	"employee_count": `employees employeecount numberofemployees numberemployees noofemployees numemployees employeesnumber headcount companysize companyheadcount size staff staffcount totalemployees companyemployeecount estimatednumberofemployees estimatedemployees estimatednumemployees mitarbeiter mitarbeiterzahl`,
}
