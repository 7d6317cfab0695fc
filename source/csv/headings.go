package csv

import (
	"slices"
	"strings"
)

// The headings of HubSpot, Salesforce, Apollo, LinkedIn (Sales Navigator and its
// exporters), Outreach, Pipedrive, and of lists as people keep them, as plain
// names. The likelier stand first.

var peopleNames = map[string]string{
	"external_id": `externalid id recordid contactid contactid18 contactid18digit 18digitcontactid contact18digitid casesafeid casesafecontactid 18digitid personid leadid leadid18 prospectid userid customerid crmid apollocontactid
		hubspotid hubspotcontactid hsobjectid salesforceid salesforcecontactid pipedriveid contactrecordid personrecordid vid uid uuid guid`,
	"name": `fullname personname contactname leadname prospectname contact person displayname nameofcontact completename contactfullname leadfullname linkedinname profilename
		officialfull officialname vollstandigername nom nomcomplet nombrecompleto nomecompleto nomecognome imieinazwisko ansprechpartner`,
	"first_name": `firstname first givenname forename fname contactfirstname personfirstname leadfirstname prospectfirstname vorname prenom nombre nome imie voornaam fornavn fornamn`,
	"last_name":  `lastname last surname familyname lname contactlastname personlastname leadlastname prospectlastname nachname apellido apellidos nomdefamille cognome sobrenome apelido nazwisko achternaam efternavn efternamn`,
	"email": `email emailaddress mail emailid workemail emailwork businessemail workemailaddress companyemail corporateemail professionalemail primaryemail contactemail personemail personemailwork leademail prospectemail
		emails email1 emailaddress1 primaryworkemail hsemail emailprofessionnel correo correoelectronico courriel adresseemail emailadresse mailadresse personemailother personalemail emailhome personemailhome`,
	"phone": `phone phonenumber telephone tel telephonenumber mobile mobilephone mobilenumber mobilephonenumber cell cellphone workphone phonework directphone workdirectphone directdial businessphone phone1 workphone1 mobilephone1 primaryphone
		contactphone personphone personphonework personphonemobile officephone businessphone1 corporatephone homephone personphonehome telefon telefonnummer handy telefono telefone telefoon`,
	"title": `jobtitle title position role jobposition jobtitle1 currenttitle currentposition currentjobtitle currentjob currentrole designation occupation jobrole worktitle persontitle personjobtitle contacttitle leadtitle prospecttitle
		headline linkedinheadline berufsbezeichnung funktion poste cargo puesto ruolo stanowisko functie stilling`,
	"location": `location personlocation contactlocation profilelocation city cityorlocation currentlocation mailingcity mailingaddresscity personcity contactcity leadcity addresscity personaddress personpostaladdress address region homelocation
		ort stadt standort ville ciudad citta cidade miasto plaats`,
	"linkedin_url": `linkedin linkedinurl linkedinprofile linkedinprofileurl personlinkedin personlinkedinurl linkedinlink linkedincontactprofileurl contactlinkedin contactlinkedinurl prospectlinkedin prospectlinkedinurl
		linkedinpersonurl linkedinaddress linkedinpage linkedinprofilelink personlinkedinprofile personlinkedinprofileurl profilelinkedin defaultprofileurl profileurl publicprofileurl linkedinpublicurl linkedinpublicprofileurl linkedinbio linkedinmemberprofile
		contactlinkedinprofileurl linkedinurlpublic`,
	"company_domain": `companydomain companywebsite companydomainname companyurl website domain companysite companywebsiteurl companywebaddress companyhomepage organizationdomain organizationwebsite organisationwebsite
		accountwebsite accountdomain employerdomain employerwebsite workdomain associatedcompanydomain currentcompanywebsite currentcompanydomain websiteurl websiteurl1 webaddress emaildomain corporatewebsite domainname
		firmenwebsite unternehmenswebsite siteentreprise webempresa web url webseite homepage siteweb sitioweb`,
}

var companyNames = map[string]string{
	"external_id": `externalid id recordid companyid companyrecordid accountid accountid18 accountid18digit 18digitaccountid casesafeid casesafeaccountid 18digitid organizationid organisationid apolloaccountid hubspotid hubspotcompanyid hsobjectid
		salesforceid salesforceaccountid pipedriveid customerid crmid uid uuid guid symbol ticker`,
	"name": `companyname company name accountname account organization organisation organizationname organisationname orgname business businessname legalname employer companynameforemails
		firma firmenname unternehmen unternehmensname entreprise raisonsociale societe empresa azienda ragionesociale nazwafirmy bedrijf bedrijfsnaam security`,
	"domain": `domain companydomain companydomainname website companywebsite organizationwebsite organisationwebsite url companyurl websiteurl websiteurl1 webaddress homepage homepageurl site web primarydomain domainname emaildomain companywebsiteurl
		corporatewebsite accountwebsite accountdomain organizationdomain webseite siteweb sitioweb firmenwebsite`,
	"linkedin_url": `linkedin linkedinurl companylinkedin companylinkedinurl linkedincompanyurl linkedinpage linkedincompanypage linkedincompany companylinkedinprofile linkedincompanyprofileurl linkedinprofile linkedinlink companylinkedinpage
		linkedincompanypageurl accountlinkedinurl accountlinkedin organizationlinkedin organizationlinkedinprofile organizationlinkedinurl companylinkedinprofileurl`,
	"industry": `industry sector companyindustry primaryindustry accountindustry organizationindustry industries vertical category industrysector gicssector branche secteur sector1 settore branza`,
	"location": `headquarters headquarterslocation hqlocation hq headquarter location companylocation companyheadquarters companyaddress organizationaddress address city companycity accountcity billingcity billingaddresscity hqcity region
		standort sitz hauptsitz siege ville ciudad citta ort stadt`,
	"employee_count": `employees employeecount employeescount numberofemployees organizationnumberofemployees organisationnumberofemployees accountnumberofemployees numberemployees noofemployees numemployees employeesnumber headcount companysize companyheadcount size staff staffcount totalemployees companyemployeecount accountemployees
		organizationemployeecount companynumberofemployees estimatednumberofemployees estimatedemployees estimatednumemployees mitarbeiter mitarbeiterzahl anzahlmitarbeiter effectif empleados dipendenti`,
}

// ownerless are plain headings, in a list of people, of a website that is likely
// the person's own.
var ownerless = []string{"personalwebsite", "personalsite", "personalurl", "blog", "portfolio"}

// Ownerless reports whether a heading names a web address and not whose.
func Ownerless(column string) bool { return slices.Contains(ownerless, plainName(column)) }

// companyColumns are plain headings, in a list of people, of the company that
// they work for, the likelier first.
var companyColumns = []string{
	"companyname", "company", "accountname", "companyaccount", "account", "organization", "organisation", "organizationname", "organisationname", "orgname", "employer", "employername", "personorganization",
	"currentcompany", "currentcompanyname", "associatedcompany", "primaryassociatedcompany", "associatedcompanyprimary", "associatedcompanyname", "companynameforemails", "firma", "firmenname", "unternehmen", "entreprise", "societe", "empresa", "azienda",
	"bedrijf", "bedrijfsnaam", "nazwafirmy", "foretag", "virksomhed", "business", "businessname", "workplace",
}

// companyIDs are plain headings, in a list of people, of the company's id, the
// likeliest first: of several companies the first one, then what the list itself calls
// so, then the ids of other systems.
var companyIDs = []string{
	"primaryassociatedcompanyid", "associatedcompanyidsprimary", "primarycompanyid", "currentcompanyid", "companyid", "accountid18", "accountid", "companyrecordid", "associatedcompanyid", "organizationid",
	"organisationid", "employerid", "personorganizationid", "associatedcompanyids", "apolloaccountid", "hubspotcompanyid", "salesforceaccountid",
}

// IDsCompany reports whether a heading, in a list of people, is that of the id of
// the company which they work for.
func IDsCompany(column string) bool { return slices.Contains(companyIDs, plainName(column)) }

// CompanyIDColumn is the likeliest of the headings, in a list of people, of the id of
// the company that they work for; "" if there is none. One that is called as the
// column of its name comes first ("Account ID" beside "Account Name").
func CompanyIDColumn(columns []string, name string) string {
	best, at := "", 2*len(companyIDs)
	for _, c := range columns {
		i := slices.Index(companyIDs, plainName(c))
		if i < 0 {
			continue
		}
		of := strings.TrimSuffix(strings.TrimSuffix(plainName(c), "18"), "id")
		if of != plainName(name) && of+"name" != plainName(name) {
			i += len(companyIDs)
		}
		if i < at {
			best, at = c, i
		}
	}
	return best
}

// CompanyIDHeading is how the list of companies itself calls that id, where a list
// of people calls it otherwise.
func CompanyIDHeading(column string) string {
	if strings.Contains(plainName(column), "associated") {
		return "Record ID"
	}
	return column
}

// NamesCompany reports whether a heading, in a list of people, is that of the
// company which they work for.
func NamesCompany(column string) bool { return slices.Contains(companyColumns, plainName(column)) }

// CompanyColumn is the likeliest of the headings, in a list of people, of the name of
// the company that they work for; "" if there is none.
func CompanyColumn(columns []string) string {
	best, at := "", len(companyColumns)
	for _, c := range columns {
		if i := slices.Index(companyColumns, plainName(c)); i >= 0 && i < at {
			best, at = c, i
		}
	}
	return best
}

// ownProfiles are plain headings of a link to a record's own page, which the values
// have to tell.
var ownProfiles = []string{
	"profile", "profilelink", "profilepage", "link", "leadurl", "leadlink", "contacturl", "contactlink", "personurl", "personlink", "prospecturl", "memberurl", "accountlink", "companylink",
	"salesnavigator", "salesnavigatorurl", "salesnavigatorlink", "salesnavigatorprofile", "salesnavigatorprofileurl", "salesnavigatorprofilelink", "salesnavurl", "salesnavlink", "linkedinsalesnavigatorurl",
}

// OwnProfile reports whether a heading names a page of the record itself, and not
// where it is.
func OwnProfile(column string) bool { return slices.Contains(ownProfiles, plainName(column)) }
