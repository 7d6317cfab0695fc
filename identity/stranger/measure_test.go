package stranger_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"fettle"
	"fettle/identity/stranger"
)

// The measured set: 2,000 answers, of which 200 are planted strangers. What a right
// answer says otherwise than the record is drawn by how often lists and vendors do:
// short forms, other alphabets' letters, middle names, swapped names, last names
// that changed, jobs that changed, companies that were renamed or write another
// domain. The names are of this file alone: the table of short forms was not made
// from them.

// firsts are first names with ways in which the same person is called.
var firsts = strings.Fields(`
	Alexander/Alex Alexandra/Sandra Andreas/Andi Andrew/Drew Anthony/Tony Antonio/Toni Benjamin/Ben Carlos Caroline/Carol Catherine/Kate Charlotte
	Christina/Tina Christopher/Chris Daniel/Dan David/Dave Deborah/Debbie Dominik/Dominic Edward/Ted Ekaterina/Katya Elizabeth/Beth Emily Emma
	Eric/Erik Ethan Eugene/Gene Evgeny/Eugene Felix Florian/Flo Francesca/Fran Franziska/Franzi Frederick/Fred Gabriel/Gabe Gerhard/Gerd Giuseppe/Beppe
	Gregory/Greg Grzegorz/Greg Guillermo/Memo Hannah/Hanna Hans-Peter/Hans Heinrich/Heiner Helena/Elena Henry/Harry Ignacio/Nacho Isabella/Bella Jacob/Jake
	James/Jim Jan Jennifer/Jen Jeremy/Jerry Jessica/Jess João/Joao Johanna/Hanna Johannes/Hannes John/Jack Jonathan/Jon José/Jose Joseph/Joe Joshua/Josh
	Józef/Jozef Jürgen/Juergen Katharina/Kathi Katarzyna/Kasia Kathleen/Kathy Kenneth/Ken Kimberly/Kim Krzysztof/Chris Lars Laura Lawrence/Larry Leonardo/Leo
	Liam Lukas/Luke Łukasz/Lukasz Magdalena/Magda Margaret/Peggy Maria/Mary Martin/Marty Mateusz/Mateusz Matthew/Matt Maximilian/Max Megan Michael/Mike
	Michał/Michael Mohammed/Muhammad Nicholas/Nick Nikolaos/Nikos Noah Olga Oliver/Ollie Olivia Pamela/Pam Patricia/Trish Patrick/Paddy Paul Pavel/Paul
	Peter/Pete Philipp/Phil Rachel/Rach Rafael/Rafa Rebecca/Becky Richard/Rick Robert/Bob Ronald/Ron Samantha/Sam Samuel/Sam Sarah/Sara Sebastian/Basti
	Sergey/Sergei Simon Sofia/Sophie Søren/Soren Stefan/Stephen Stephanie/Steffi Steven/Steve Susan/Sue Svetlana/Sveta Tatiana/Tanya Theodore/Ted Theresa/Terry
	Thomas/Tom Timothy/Tim Tobias/Tobi Ulrich/Uli Valentina/Valya Veronica/Ronnie Victoria/Vicky Vincent/Vince Vladimir/Volodya Walter/Walt William/Bill
	Wolfgang/Wolf Yulia/Julia Yuri/Yury Zachary/Zach Zoë/Zoe`)

// lasts are last names with another way to write them.
var lasts = strings.Fields(`
	Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Wilson Anderson Taylor Thomas Moore Jackson Thompson White
	Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter
	Roberts Müller/Mueller Schmidt/Schmitt Schneider Fischer Weber Meyer/Meier Wagner Becker Schulz/Schulze Hoffmann/Hofmann Schäfer/Schaefer Koch Bauer Richter Klein
	Wolf/Wolff Schröder/Schroeder Neumann Schwarz Zimmermann Braun Krüger/Krueger Hartmann Lange Krause/Krauße Lehmann Köhler/Koehler Groß/Gross Weiß/Weiss
	Dupont Durand Lefèvre/Lefevre Moreau Girard Rousseau Fournier Mercier Rossi Ferrari Esposito Bianchi Ricci Marino Conti DeLuca/De-Luca Costa Giordano
	Kowalski/Kowalska Nowak Wiśniewski/Wisniewska Wójcik/Wojcik Kamiński/Kaminski Lewandowski Zieliński/Zielinska Ivanov/Ivanova Petrov/Petroff Sidorov Volkov
	Sokolov/Sokolova Чайковский/Tchaikovsky Шевченко/Shevchenko Papadopoulos Παππάς/Pappas Jensen Nielsen Kjær/Kjaer Sørensen/Sorensen Lindström/Lindstrom
	Åkesson/Akesson Virtanen Korhonen Novák/Novakova Svoboda Horváth/Horvath Nagy Silva Santos Oliveira Souza Pereira O'Brien/OBrien McDonald/Mac-Donald
	Van-Dyke/VanDyke Yılmaz/Yilmaz Demir Öztürk/Ozturk Haddad Khan Patel Singh Sharma Chen Wang Tanaka Suzuki Kim Park`)

// makers are words of which names of companies are made.
var makers = strings.Fields(`
	Northwind Contoso Bluewater Ironclad Redwood Silverline Stonebridge Brightpath Clearview Evergreen Falconer Goldcrest Harborview Juniper Kestrel Lakeshore
	Meridian Nightingale Oakfield Pinecrest Quantix Ravenswood Summitline Thornbury Umbra Valecrest Westbrook Xantor Yellowtail Zephyr Arcadia Boreal Cascade Delphin
	Elmwood Foxglove Granite Hollybrook Indigo Jadestone Kingfisher Lumen Mosaic Nimbus Obsidian Parallax Quarry Rosewood Sapphire Tamarack Vertex Willowbank`)

var (
	trades    = []string{"Robotics", "Software", "Logistics", "Energy", "Pharma", "Foods", "Consulting", "Media", "Bank", "Insurance"}
	forms     = []string{"", " Inc.", " GmbH", " Ltd", " LLC", " S.A.", " AG", " BV"}
	endings   = []string{"com", "de", "io", "co.uk", "fr", "net"}
	countries = []string{"Germany", "United States", "United Kingdom", "France", "Spain", "Poland", "Italy", "Canada"}
)

// firm is a company.
type firm struct{ name, domain string }

// draw makes the measured set.
type draw struct{ *rand.Rand }

func (d draw) of(list []string) string     { return list[d.IntN(len(list))] }
func (d draw) chance(percent float64) bool { return d.Float64()*100 < percent }

// other draws until what it draws is not said to be one.
func (d draw) other(list []string, than string) string {
	for {
		if s := d.of(list); s != than {
			return s
		}
	}
}

func (d draw) firm() firm {
	word, trade := d.of(makers), d.of(trades)
	return firm{word + " " + trade, strings.ToLower(word+trade) + "." + d.of(endings)}
}

// elsewhere is a firm of another name than one.
func (d draw) elsewhere(than firm) firm {
	for {
		if f := d.firm(); strings.Fields(f.name)[0] != strings.Fields(than.name)[0] {
			return f
		}
	}
}

func main(s string) string { s, _, _ = strings.Cut(s, "/"); return strings.ReplaceAll(s, "-", " ") }
func other(s string) string {
	a, b, ok := strings.Cut(s, "/")
	if !ok {
		return main(a)
	}
	return strings.ReplaceAll(b, "-", " ")
}

// asked is a record and what is known of it, with how it is asked for.
type asked struct {
	known       stranger.Known
	first, last string
	firm        firm
}

func (d draw) person() asked {
	p := asked{first: d.of(firsts), last: d.of(lasts), firm: d.firm()}
	p.known = stranger.Known{Name: main(p.first) + " " + main(p.last), Domains: []string{p.firm.domain}, Country: d.of(countries)}
	if d.chance(70) {
		p.known.Employers = []string{p.firm.name + d.of(forms)}
	}
	slug := strings.ToLower(strings.ReplaceAll(p.known.Name, " ", "-")) + strconv.Itoa(d.IntN(900))
	switch d.IntN(10) {
	case 0, 1, 2:
		p.known.LinkedIn, p.known.ByLink = "https://www.linkedin.com/in/"+slug, true
	case 3, 4:
		p.known.Email, p.known.ByEmail = slug+"@"+p.firm.domain, true
	}
	return p
}

// tells is what a vendor says of somebody: now and then it leaves parts out.
func (d draw) tells(name string, f firm, country string) stranger.Answer {
	a := stranger.Answer{Name: name}
	if d.chance(85) {
		a.Domains = []string{f.domain}
	}
	if d.chance(85) {
		a.Employers = []string{f.name + d.of(forms)}
	}
	if d.chance(60) {
		a.Country = country
	}
	return a
}

// right is an answer about the very person.
func (d draw) right() (asked, stranger.Answer, string) {
	p := d.person()
	how, first, last, f, country := "as it is", main(p.first), main(p.last), p.firm, p.known.Country
	if d.chance(15) {
		how, first = "a short form", other(p.first)
	}
	if d.chance(12) {
		how, last = "written otherwise", other(p.last)
	}
	if d.chance(8) {
		how, first = "a middle name", first+" "+d.of([]string{"M.", "J", "Marie", "Lee", "van"})
	}
	name := first + " " + last
	var past []string
	switch {
	case d.chance(3):
		how, name = "swapped", last+", "+first
	case d.chance(3):
		how, name = "married", first+" "+main(d.of(lasts)) // at the same company
	case d.chance(10):
		// Vendors tell earlier roles; some of those that tell none were asked by name.
		how, f = "another job", d.elsewhere(p.firm)
		if d.chance(90) {
			past = []string{p.firm.name}
		}
		if d.chance(8) {
			country = d.other(countries, country)
		}
	case d.chance(5):
		how, f = "renamed", firm{d.firm().name, p.firm.domain}
	case d.chance(5):
		how, f = "another ending", firm{p.firm.name, strings.SplitN(p.firm.domain, ".", 2)[0] + ".org"}
	case d.chance(2):
		how, country = "moved abroad", d.other(countries, country)
	}
	a := d.tells(name, f, country)
	if how == "married" {
		a.Employers = []string{f.name}
	}
	if a.Past = past; p.known.ByLink && d.chance(80) {
		a.LinkedIn = p.known.LinkedIn
	}
	if p.known.ByEmail && how != "another job" && d.chance(80) {
		a.Email = p.known.Email
	}
	return p, a, how
}

// planted is an answer about somebody else.
func (d draw) planted(sort int) (asked, stranger.Answer, string) {
	p := d.person()
	f := d.elsewhere(p.firm)
	abroad := d.other(countries, p.known.Country)
	lastOther := func() string { return main(d.other(lasts, p.last)) }
	firstOther := func() string {
		for {
			if s := main(d.of(firsts)); s[0] != p.first[0] {
				return s
			}
		}
	}
	switch sort {
	case 0:
		return p, d.tells(main(p.first)+" "+lastOther(), f, p.known.Country), "the same first name, another last name"
	case 1:
		a := stranger.Answer{Name: p.known.Name, Domains: []string{f.domain}, Employers: []string{f.name}, Country: abroad}
		return p, a, "the same name, another country and company"
	case 2:
		home := p.firm
		if d.chance(50) {
			home = f
		}
		p.known.ByEmail, p.known.ByLink = false, false
		return p, d.tells(firstOther()+" "+main(p.last), home, p.known.Country), "a spouse"
	case 3:
		p.known.ByEmail, p.known.ByLink, p.known.LinkedIn = false, false, ""
		p.known.Employers = []string{p.firm.name}
		a := stranger.Answer{Name: p.known.Name, Domains: []string{f.domain}, Employers: []string{f.name}, Country: p.known.Country}
		return p, a, "a namesake at another company"
	default:
		return p, d.tells(firstOther()+" "+lastOther(), p.firm, p.known.Country), "a colleague"
	}
}

func (d draw) rightFirm() (stranger.Known, stranger.Answer, string) {
	f := d.firm()
	k := stranger.Known{Name: f.name + d.of(forms), Domains: []string{f.domain}, Country: d.of(countries), ByDomain: d.chance(70)}
	how, a := "as it is", stranger.Answer{Name: f.name + d.of(forms), Domains: []string{f.domain}, Country: k.Country}
	switch {
	case d.chance(10):
		how, a.Name = "renamed", d.firm().name
	case d.chance(10):
		how, a.Domains = "another ending", []string{strings.SplitN(f.domain, ".", 2)[0] + ".org"}
	case d.chance(10):
		how, a.Name = "its short name", strings.Fields(f.name)[0]
	case d.chance(10):
		how, a.Domains = "no domain", nil
	}
	if d.chance(5) {
		a.Country = d.other(countries, k.Country)
	}
	return k, a, how
}

func (d draw) plantedFirm() (stranger.Known, stranger.Answer, string) {
	f := d.firm()
	k := stranger.Known{Name: f.name + d.of(forms), Domains: []string{f.domain}, Country: d.of(countries), ByDomain: d.chance(50)}
	o := d.elsewhere(f)
	return k, stranger.Answer{Name: o.name + d.of(forms), Domains: []string{o.domain}, Country: d.of(countries)}, "another company"
}

// TestMeasured holds the promise of the gate: of 200 planted strangers in 2,000
// answers none is written, and of the right ones less than 1 % are held.
func TestMeasured(t *testing.T) {
	for seed := range uint64(5) {
		d := draw{rand.New(rand.NewPCG(seed, 12))}
		written, held := map[string]int{}, map[string]int{}
		count := func(entity fettle.Entity, planted bool, k stranger.Known, a stranger.Answer, how string) {
			f := stranger.Judge(entity, k, a)
			switch {
			case planted && !f.Stranger:
				written[how]++
				t.Logf("written (%s): %+v ← %+v", how, k, a)
			case !planted && f.Stranger:
				held[how]++
				t.Logf("held (%s; %s): %+v ← %+v", how, f.Why, k, a)
			}
		}
		for range 1600 {
			p, a, how := d.right()
			count(fettle.People, false, p.known, a, how)
		}
		for range 200 {
			k, a, how := d.rightFirm()
			count(fettle.Companies, false, k, a, how)
		}
		for i := range 160 {
			p, a, how := d.planted(i % 5)
			count(fettle.People, true, p.known, a, how)
		}
		for range 40 {
			k, a, how := d.plantedFirm()
			count(fettle.Companies, true, k, a, how)
		}
		nw, nh := sum(written), sum(held)
		t.Logf("seed %d: of 200 strangers %d written %v; of 1,800 right ones %d held (%.2f %%) %v", seed, nw, written, nh, float64(nh)/18, held)
		if nw > 0 || nh >= 18 {
			t.Errorf("seed %d: %d strangers written, %d right ones held", seed, nw, nh)
		}
	}
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}
