package identity_test

import (
	"testing"

	"fettle"
	"fettle/identity"
)

func TestNames(t *testing.T) {
	for _, c := range []struct {
		a, b         string
		differ, none bool // they differ; they have no word in common
	}{
		{"Ann Lee", "Lee, Ann", false, false},
		{"Ann Lee", "ann  LEE", false, false},
		{"José Núñez", "Jose\u0301 Nunez", false, false},
		{"A. Lee", "Ann Lee", false, false},
		{"Ann Lee", "Ann Marie Lee", false, false},
		{"", "Ann", false, false},
		{"Ann Lee", "Ann Roe", true, false},
		{"Fay", "Gil", true, true},
		{"山田太郎", "佐藤花子", true, true},
	} {
		if identity.NamesDiffer(c.a, c.b) != c.differ || identity.NamesDiffer(c.b, c.a) != c.differ {
			t.Errorf("%q and %q: differ is %t", c.a, c.b, !c.differ)
		}
		if identity.NamesUnlike(identity.Words(c.a), identity.Words(c.b)) != c.none {
			t.Errorf("%q and %q: unlike is %t", c.a, c.b, !c.none)
		}
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Acme GmbH", "ACME", true},
		{"Acme, Inc.", "acme inc", true},
		{"Smith & Sons Ltd", "Smith and Sons", true},
		{"O'Reilly Media", "OReilly Media, Inc", true},
		{"Crédit Agricole S.A.", "Credit Agricole", true},
		{"The Company", "", true},
		{"CUNY School of Law", "York College", false},
		{"Acme East", "Acme West", false},
	} {
		if identity.SameCompany(c.a, c.b) != c.same {
			t.Errorf("%q and %q: same is %t", c.a, c.b, !c.same)
		}
	}
}

func TestNameWords(t *testing.T) {
	common := map[string]bool{"university": true, "of": true}
	for _, c := range []struct {
		entity fettle.Entity
		a, b   string
		unlike bool
	}{
		{fettle.People, "Lee, Ann", "Ann LEE", false},
		{fettle.People, "Ann Lee", "Ann Novak", false}, // she married
		{fettle.People, "J. Smith", "J. Brown", true},
		{fettle.People, "J.", "J.", false},
		{fettle.Companies, "Acme GmbH", "Zeta GmbH", true},
		{fettle.Companies, "Acme GmbH", "ACME AG", false},
		{fettle.Companies, "University of Oslo", "University of Texas", true},
		{fettle.Companies, "University of Oslo", "Oslo University", false},
		{fettle.Companies, "", "Acme", false},
	} {
		if got := identity.NamesUnlike(identity.NameWords(c.entity, c.a, common), identity.NameWords(c.entity, c.b, common)); got != c.unlike {
			t.Errorf("%q and %q: unlike is %t", c.a, c.b, got)
		}
	}
}
