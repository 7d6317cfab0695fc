package ingest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
	"fettle/source/csv"
	"fettle/store"
)

// bossColumns are the columns of a list of people that name the company of each.
type bossColumns struct {
	name, id int // -1: there is none
	list     string
}

// findBoss finds them: of several columns that name the company or its id the
// likeliest, since some tools say more than the name in the others ("Acme (acme.com)")
// and exports have the ids of several systems. A column that the caller left out is
// not looked at, nor one of ids that the first rows leave empty.
func (m *mapping) findBoss(first [][]string, opts ImportOptions) {
	m.boss = bossColumns{name: -1, id: -1}
	if opts.Entity != fettle.People {
		return
	}
	free, ids := make([]string, 0, len(m.columns)), make([]string, 0, 1)
	for i, column := range m.columns {
		field, said := opts.Map[column]
		if said && field == "" || i == m.columnOf("external_id") || i == m.columnOf("name") {
			continue
		}
		free = append(free, column)
		if csv.IDsCompany(column) && (len(first) == 0 || slices.ContainsFunc(first, func(row []string) bool { return strings.TrimSpace(row[i]) != "" })) {
			ids = append(ids, column)
		}
	}
	named := csv.CompanyColumn(free)
	if named != "" {
		m.boss.name = slices.Index(m.columns, named)
	}
	if column := csv.CompanyIDColumn(ids, named); column != "" {
		m.boss.id, m.boss.list = slices.Index(m.columns, column), opts.Source
		if opts.Source == "" {
			m.boss.list = listOf(csv.CompanyIDHeading(column))
		}
	}
}

// employer is the column without a field that names each person's company; blank
// if there is none.
func (m *mapping) employer() string {
	if m.boss.name < 0 || !slices.Contains(m.unmapped, m.columns[m.boss.name]) {
		return ""
	}
	return m.columns[m.boss.name]
}

// columnOf is the column of a field; -1 if it has none.
func (m *mapping) columnOf(field string) int {
	if i, ok := m.at[field]; ok {
		return m.mapped[i].column
	}
	return -1
}

// bossOf reads what a line says of the person's company.
func (m *mapping) bossOf(line csv.Row) (b boss) {
	read := func(column int, f fettle.Field) string {
		if column < 0 {
			return ""
		}
		text := strings.TrimSpace(line.Cells[column])
		if identity.StandsForBlank(f, text, true) || len(text) > maxBoss {
			return ""
		}
		return text
	}
	b.name = read(m.boss.name, fettle.Field{Entity: fettle.Companies, Key: "name", Type: fettle.Text})
	b.id, _, _ = strings.Cut(read(m.boss.id, fettle.Field{Entity: fettle.Companies, Key: "external_id", Type: fettle.Text}), ";")
	b.id = strings.TrimSpace(b.id)
	return b
}

// maxBoss is the longest name or id of a company that is taken from a list of
// people, in bytes.
const maxBoss = 500

// boss is what a row of a list of people says of the company by name or id.
type boss struct{ name, id string }

// job is the company of a person as a row says it.
type job struct {
	company int64          // 0: it says none by name or id
	key     string         // by which the person waits for it, where that is not the domain
	made    map[string]any // of a dry run: what the company would hold that is not there yet
}

// hiring is what the companies of a batch of people are, or become.
type hiring struct {
	jobs    []job // of each row
	found   map[string]int64
	upsert  UpsertResult // of those that are made, or get an id
	created int64
}

// said is what one row says of its company, with the keys.
type said struct {
	boss
	employer
	ext   identity.Key // the id; "" for none
	named identity.Key // the name under the domain
	mail  bool         // the domain is that of the person's e-mail

	branches []string // further domains of the company
}

// token is by what rows of one company meet each other.
func (s *said) token() string {
	if s.ext.Value != "" {
		return keyText(fettle.Companies, s.ext)
	}
	return domainKey(s.domain)
}

// hire finds the companies of the people of a batch by id, or by domain, and makes
// those that are not there: of a domain or an id, never of a name alone. A company
// that is there is met by its domain, whatever the list calls it; of companies that
// share one, the one of the same name.
func (imp *importer) hire(ctx context.Context, tx *store.Tx, rows []Row) (hiring, error) {
	h := hiring{jobs: make([]job, len(rows)), found: map[string]int64{}}
	if imp.mapping.boss.name < 0 && imp.mapping.boss.id < 0 {
		return h, nil
	}
	list := make([]*said, len(rows))
	for i := range rows {
		list[i] = imp.said(&rows[i])
	}
	if err := imp.meet(ctx, tx, list, &h); err != nil {
		return h, err
	}
	if err := imp.makeRest(ctx, tx, list, &h); err != nil {
		return h, err
	}
	imp.noteUmbrellas(rows, list, h.jobs)
	return h, nil
}

// said reads a row; nil if it says nothing by which a company is made or met.
func (imp *importer) said(row *Row) *said {
	get := func(field string) any {
		if i, ok := imp.mapping.at[field]; ok {
			return row.Values[i]
		}
		return nil
	}
	s := &said{boss: row.boss, employer: employerOf(get)}
	s.mail = employerOf(func(field string) any {
		if field == "email" {
			return nil
		}
		return get(field)
	}).domain == ""
	if s.id != "" {
		for _, k := range keysOf(fettle.Companies, imp.mapping.boss.list, func(f string) any {
			if f == "external_id" {
				return s.id
			}
			return nil
		}, identity.Options{}) {
			s.ext = k
		}
	}
	if s.domain != "" {
		if named, ok := identity.Named(s.domain, s.name); ok {
			s.named = shorten(named)
		}
	}
	if s.ext.Value == "" && (s.domain == "" || s.name == "") {
		return nil
	}
	s.branchesOf(row.branches)
	return s
}

// meet finds the companies that are there, or that the import has made.
func (imp *importer) meet(ctx context.Context, tx *store.Tx, list []*said, h *hiring) error {
	keys := map[string]bool{}
	var people []employer
	var of []int
	for i, s := range list {
		if s == nil {
			continue
		}
		if s.ext.Value != "" {
			keys[keyText(fettle.Companies, s.ext)] = true
		}
		if s.named.Value != "" {
			keys[keyText(fettle.Companies, s.named)] = true
		}
		people, of = append(people, s.employer), append(of, i)
	}
	there, err := tx.ExistingCompanies(ctx, slices.Collect(maps.Keys(keys)))
	if err != nil {
		return err
	}
	byDomain, err := companiesOf(ctx, tx, people)
	if err != nil {
		return err
	}
	for n, i := range of {
		s := list[i]
		switch ext, named := keyText(fettle.Companies, s.ext), keyText(fettle.Companies, s.named); {
		case s.ext.Value != "" && there[ext] != 0:
			h.jobs[i] = job{company: there[ext], key: waitsFor(s.ext)}
		case imp.hired[s.token()].company != 0:
			h.jobs[i] = imp.hired[s.token()]
		case s.ext.Value != "":
			// It has no company with this id yet: see makeRest.
		case s.named.Value != "" && there[named] != 0 && byDomain[n] != there[named]:
			h.jobs[i] = job{company: there[named], key: waitsFor(s.named)}
		case byDomain[n] != 0:
			h.jobs[i] = job{company: byDomain[n]}
		}
		if s.ext.Value != "" && h.jobs[i].company == 0 {
			h.found[s.token()] = byDomain[n]
		}
	}
	return nil
}

// makeRest makes the companies that are not there, and gives ids to those that
// were found by their domain.
func (imp *importer) makeRest(ctx context.Context, tx *store.Tx, list []*said, h *hiring) error {
	shared, err := imp.sharedOf(ctx, tx, list)
	if err != nil {
		return err
	}
	others, err := imp.otherIDs(ctx, tx, h.found)
	if err != nil {
		return err
	}
	fresh, err := imp.keepBranches(ctx, tx, list, h)
	if err != nil {
		return err
	}
	in := UpsertInput{
		Entity: fettle.Companies, Source: imp.mapping.boss.list, Origin: imp.origin, Actor: imp.opts.Actor, Now: imp.opts.Now,
		Fields: []string{"external_id", "name", "domain"}, Policy: fettle.FillBlanks, DryRun: imp.companies,
	}
	if in.Source == "" {
		in.Source = imp.list
	}
	at := map[string]int{}                       // token → row
	for _, withID := range []bool{true, false} { // those without one meet by the domain
		for i, s := range list {
			if s == nil || h.jobs[i].company != 0 && !fresh[i] || (s.ext.Value != "") != withID || !withID && shared[domainKey(s.domain)] {
				continue
			}
			if _, twice := at[s.token()]; twice {
				continue
			}
			found := h.found[s.token()]
			at[s.token()] = len(in.Rows)
			if _, taken := at[domainKey(s.domain)]; s.domain != "" && !taken {
				at[domainKey(s.domain)] = len(in.Rows)
			}
			in.Rows = append(in.Rows, s.company(h.jobs[i].company == 0 && (found == 0 || others[found])))
		}
	}
	if len(in.Rows) == 0 {
		return nil
	}
	if h.upsert, err = Upsert(ctx, tx, in); err != nil {
		return err
	}
	h.created = h.upsert.Created
	for i, s := range list {
		if s == nil || h.jobs[i].company != 0 {
			continue
		}
		n, ok := at[s.token()]
		if !ok {
			continue
		}
		j := job{company: h.upsert.Records[n], key: waitsFor(s.ext)}
		if imp.opts.DryRun && h.upsert.Outcomes[n] == Created {
			j.made = map[string]any{"external_id": in.Rows[n].Values[0], "name": in.Rows[n].Values[1], "domain": in.Rows[n].Values[2]}
		}
		h.jobs[i] = j
	}
	return nil
}

// company is a row for the company; named says that it has the name that this list
// gives it.
func (s *said) company(named bool) Row {
	row := Row{Line: 1, Values: []any{nil, nil, nil}}
	if s.ext.Value != "" {
		row.Values[0] = s.id
	}
	if s.name != "" && named {
		row.Values[1] = s.name
	}
	if s.domain != "" {
		row.Values[2] = s.host
		if s.mail {
			row.derived = []string{"domain"}
		}
	}
	for _, d := range s.branches {
		if row.further == nil {
			row.further = map[int][]any{}
		}
		row.further[2] = append(row.further[2], d)
	}
	return row
}

// sharedOf gives the domains of rows that companies share.
func (imp *importer) sharedOf(ctx context.Context, tx *store.Tx, list []*said) (map[string]bool, error) {
	keys := map[string]bool{}
	for _, s := range list {
		if s != nil && s.domain != "" {
			keys[domainKey(s.domain)] = true
		}
	}
	return sharedDomains(ctx, tx, keys, nil)
}

// otherIDs gives those of the companies found that have an id of the list already.
func (imp *importer) otherIDs(ctx context.Context, tx *store.Tx, found map[string]int64) (map[int64]bool, error) {
	var ids []int64
	for _, id := range found {
		if id > 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	keys, err := tx.KeysOf(ctx, ids)
	out := map[int64]bool{}
	prefix := keyText(fettle.Companies, identity.External(imp.mapping.boss.list, ""))
	for id, texts := range keys {
		out[id] = slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(text, prefix) })
	}
	return out, err
}

// remember keeps the companies of a batch that was written, for the next ones.
func (imp *importer) remember(rows []Row, h hiring) {
	for i := range rows {
		if h.jobs[i].company == 0 {
			continue
		}
		s := imp.said(&rows[i])
		if s == nil || strings.HasPrefix(h.jobs[i].key, "n:") {
			continue // another row of the domain may have another one
		}
		if imp.hired == nil {
			imp.hired = map[string]job{}
		}
		imp.hired[s.token()] = h.jobs[i]
		if d := domainKey(s.domain); s.domain != "" && imp.hired[d].company == 0 {
			imp.hired[d] = job{company: h.jobs[i].company, made: h.jobs[i].made}
		}
	}
}

// waitsFor is by what people wait for the company with a key, as people keep it: a
// domain, or another key with its letter; "" for a key that nobody waits for.
func waitsFor(k identity.Key) string {
	switch {
	case k.Value == "":
	case k.Kind == identity.DomainKey:
		return k.Value
	case k.Kind == identity.ExternalKey, k.Kind == identity.NameKey:
		return keyText(fettle.Companies, k)[1:]
	}
	return ""
}

// awaitedKey is the match key of the company for which people wait.
func awaitedKey(waiting string) string {
	if strings.HasPrefix(waiting, "x:") || strings.HasPrefix(waiting, "n:") {
		return string(fettle.Companies[:1]) + waiting
	}
	return domainKey(waiting)
}

// hire takes down the company that a row says its person has.
func (u *upserter) hire(r *record, n int) {
	if n >= len(u.in.jobs) || u.in.jobs[n].company == 0 {
		return
	}
	j := u.in.jobs[n]
	r.job = j
	if r.Company == j.company && (j.key == "" || r.CompanyKey == j.key) {
		return
	}
	if r.exists && r.Company != j.company {
		r.log = append(r.log, store.LoggedChange{
			Kind: store.ChangeUpdate, Origin: u.origin, Actor: u.actor, AtUS: u.now,
			Changes: closeChanges(appendChange(nil, "company_id", idOrNil(r.Company), idOrNil(j.company), 0, "")),
		})
	}
	if r.Company != j.company {
		u.changed[r] = true
	}
	r.relink, r.written, r.hired = true, true, true
}
