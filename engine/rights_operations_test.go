package engine_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"pgregory.net/rapid"

	"fettle"
	"fettle/account"
	"fettle/engine"
	"fettle/provider"
	"fettle/rights"
	"fettle/store"
)

// operations are what may be drawn: every one that can cause spending, and some
// that cannot. One that is missing fails the test.
func (h *rightsHistory) operations() map[string]func(*rapid.T, fettle.Actor) error {
	ops := h.enrichmentOperations()
	maps.Copy(ops, h.dataOperations())
	maps.Copy(ops, h.moneyOperations())
	for _, o := range rights.Table() {
		if ops[o.ID] == nil {
			h.t.Fatalf("the history does not know %s", o.ID)
		}
	}
	return ops
}

func (h *rightsHistory) name(rt *rapid.T) string {
	return rapid.SampledFrom(enrichments).Draw(rt, "enrichment")
}

// agrees notes that somebody agreed to the audience of an enrichment as it is.
func (h *rightsHistory) agrees(err error, name string) error {
	if err == nil {
		h.agreed[name] = maps.Clone(h.filter["of-"+name])
	}
	return err
}

func (h *rightsHistory) enrichmentOperations() map[string]func(*rapid.T, fettle.Actor) error {
	ctx := h.t.Context()
	confirm := func(rt *rapid.T) bool { return rapid.Bool().Draw(rt, "confirm") }
	return map[string]func(*rapid.T, fettle.Actor) error{
		"start": func(rt *rapid.T, a fettle.Actor) error {
			name := h.name(rt)
			_, err := h.e.Start(ctx, a, name, engine.StartOptions{})
			return h.agrees(err, name)
		},
		"resume": func(rt *rapid.T, a fettle.Actor) error {
			name := h.name(rt)
			_, err := h.e.Resume(ctx, a, name, engine.StartOptions{})
			return h.agrees(err, name)
		},
		"approve": func(rt *rapid.T, a fettle.Actor) error {
			name := h.name(rt)
			_, err := h.e.Approve(ctx, a, name, true)
			return h.agrees(err, name)
		},
		"rerun": func(rt *rapid.T, a fettle.Actor) error {
			_, err := h.e.Rerun(ctx, a, h.name(rt), engine.RerunOptions{Stale: confirm(rt)}, true)
			return err
		},
		"runRecords": func(rt *rapid.T, a fettle.Actor) error {
			_, err := h.e.RunRecords(ctx, a, h.name(rt), engine.Chosen{Query: engine.Query{Entity: fettle.People}}, true)
			return err
		},
		"retry": func(rt *rapid.T, a fettle.Actor) error {
			_, err := h.e.Retry(ctx, a, h.name(rt), fettle.NotFoundRow, true)
			return err
		},
		"pilot": func(rt *rapid.T, a fettle.Actor) error {
			_, err := h.e.Pilot(ctx, a, h.name(rt), rapid.IntRange(1, 6).Draw(rt, "rows"))
			return err
		},
		"setEnrichmentLimit": func(rt *rapid.T, a fettle.Actor) error {
			_, err := h.e.SetEnrichmentLimit(ctx, a, h.name(rt), fettle.Limit{Credits: credits(200_000), None: false}, false)
			return err
		},
		"saveEnrichment": func(rt *rapid.T, a fettle.Actor) error {
			name := h.name(rt)
			def := h.definition(name)
			switch rapid.IntRange(0, 5).Draw(rt, "limit") {
			case 0:
				def.Limit = nil
			case 1:
				def.Limit = &fettle.Limit{None: true}
			case 2:
				def.Limit = &fettle.Limit{Credits: credits(900_000)}
			}
			if rapid.Bool().Draw(rt, "condition") {
				def.When = `name != ""`
			}
			def.Refresh = rapid.SampledFrom([]fettle.Interval{0, fettle.Interval(time.Hour)}).Draw(rt, "refresh")
			return h.saveAs(a, name, def)
		},
		"createEnrichment": func(rt *rapid.T, a fettle.Actor) error {
			def := h.definition(h.name(rt))
			def.Limit = &fettle.Limit{Credits: credits(900_000)}
			v, err := h.e.DefineEnrichment(ctx, a, engine.Naming{Label: "Another", New: true}, def)
			if err == nil {
				err = h.e.DeleteEnrichment(ctx, admin, v.Name)
			}
			return err
		},
		"createAudience": func(rt *rapid.T, a fettle.Actor) error {
			_, err := h.e.CreateAudience(ctx, a, fettle.Audience{Label: "Another", Entity: fettle.People, Where: where(h.titles(rt))})
			return err
		},
		"apply": func(rt *rapid.T, a fettle.Actor) error {
			name := h.name(rt)
			titles := h.titles(rt)
			_, err := h.e.Apply(ctx, a, []byte("apiVersion: fettle/v1\nkind: Audience\nname: of-"+name+"\nentity: people\nwhere: '"+where(titles)+"'\n"), confirm(rt))
			return h.filtered(a, name, titles, err)
		},
		"saveAudience": func(rt *rapid.T, a fettle.Actor) error {
			name, titles := h.name(rt), h.titles(rt)
			_, err := h.e.SaveAudience(ctx, a, fettle.Audience{Name: "of-" + name, Entity: fettle.People, Where: where(titles)}, confirm(rt))
			return h.filtered(a, name, titles, err)
		},
		"point": func(rt *rapid.T, a fettle.Actor) error {
			name := h.name(rt)
			_, err := h.e.Point(ctx, a, name, []string{"of-" + name})
			return err
		},
		"reset": func(rt *rapid.T, a fettle.Actor) error { _, err := h.e.Reset(ctx, a, h.name(rt)); return err },
		"pause": func(rt *rapid.T, a fettle.Actor) error { _, err := h.e.Pause(ctx, a, h.name(rt)); return err },
		"deleteEnrichment": func(rt *rapid.T, a fettle.Actor) error {
			name := h.name(rt)
			err := h.e.DeleteEnrichment(ctx, a, name)
			if err == nil {
				delete(h.agreed, name)
			}
			return err
		},
	}
}

func (h *rightsHistory) titles(rt *rapid.T) map[string]bool {
	out := map[string]bool{}
	for _, x := range historyTitles {
		if rapid.Bool().Draw(rt, x) {
			out[x] = true
		}
	}
	return out
}

// filtered notes that an audience was changed, and agreed to by who may spend.
func (h *rightsHistory) filtered(a fettle.Actor, name string, titles map[string]bool, err error) error {
	if err != nil {
		return err
	}
	h.filter["of-"+name] = titles
	if a.Spends() {
		h.agreed[name] = maps.Clone(titles)
	}
	return nil
}

func (h *rightsHistory) dataOperations() map[string]func(*rapid.T, fettle.Actor) error {
	ctx := h.t.Context()
	many := func(rt *rapid.T) int { return rapid.IntRange(1, 25).Draw(rt, "records") }
	confirm := func(rt *rapid.T) bool { return rapid.Bool().Draw(rt, "confirm") }
	record := func(rt *rapid.T) int64 { return rapid.SampledFrom(h.ids(fettle.AllPeople)).Draw(rt, "record") }
	upsert := func(rt *rapid.T, a fettle.Actor) error {
		_, err := h.e.UpsertRecords(ctx, a, engine.UpsertInput{Entity: fettle.People, Rows: h.rowsFor(many(rt)), Confirm: confirm(rt), NoRun: false})
		return err
	}
	return map[string]func(*rapid.T, fettle.Actor) error{
		"postSignals": func(rt *rapid.T, a fettle.Actor) error {
			_, err := h.e.PostSignals(ctx, a, engine.PostInput{Signals: []fettle.SignalPost{{Type: "job_change", RecordID: record(rt), To: map[string]any{"title": fmt.Sprint(many(rt))}}}})
			return err
		},
		"saveSignalRule": func(_ *rapid.T, a fettle.Actor) error {
			_, err := h.e.SaveSignalRule(ctx, a, "moves", jobChange())
			return err
		},
		"createSignalRule": func(_ *rapid.T, a fettle.Actor) error {
			rule := jobChange()
			rule.Companion = nil
			v, err := h.e.DefineSignalRule(ctx, a, engine.Naming{Label: "Other moves", New: true}, rule)
			if err == nil {
				err = h.e.DeleteSignalRule(ctx, admin, v.Name)
			}
			return err
		},
		"resumeSignalRule": func(_ *rapid.T, a fettle.Actor) error {
			_, err := h.e.PauseSignalRule(ctx, a, "moves", false)
			return err
		},
		"upsertPeople": upsert,
		"upsertCompanies": func(rt *rapid.T, a fettle.Actor) error {
			_, err := h.e.UpsertRecords(ctx, a, engine.UpsertInput{Entity: fettle.Companies, Rows: []map[string]any{{"domain": fmt.Sprintf("c%d.com", rapid.IntRange(1, 12).Draw(rt, "company")), "name": "C"}}, Confirm: confirm(rt)})
			return err
		},
		"import": func(rt *rapid.T, a fettle.Actor) error {
			text := "external_id,name,company_domain,title,before\n"
			for _, r := range h.rowsFor(many(rt)) {
				text += fmt.Sprintf("%s,%s,%s,%s,%s\n", r["external_id"], r["name"], r["company_domain"], r["title"], rapid.SampledFrom(historyTitles).Draw(rt, "title before"))
			}
			v, err := h.e.Import(ctx, a, engine.ImportInput{File: file(h.t, text), Entity: fettle.People, Source: "api", Confirm: confirm(rt), NoRun: rapid.IntRange(0, 3).Draw(rt, "no run") == 0})
			if err == nil {
				h.imports = append(h.imports, v.ID)
			}
			return err
		},
		"readSource": func(rt *rapid.T, a fettle.Actor) error {
			text := "external_id,name,company_domain,title\n"
			for _, r := range h.rowsFor(many(rt)) {
				text += fmt.Sprintf("%s,%s,%s,%s\n", r["external_id"], r["name"], r["company_domain"], r["title"])
			}
			if err := os.WriteFile(filepath.Join(h.inbox, "people.csv"), []byte(text), 0o600); err != nil {
				return err
			}
			if _, err := h.e.Apply(ctx, admin, []byte("{apiVersion: fettle/v1, kind: Source, name: read-api, entity: people, source: api, file: {path: people.csv}}"), true); err != nil {
				return err
			}
			v, err := h.e.ReadSource(ctx, a, "read-api", engine.ReadingInput{Confirm: confirm(rt), NoRun: rapid.IntRange(0, 3).Draw(rt, "no run") == 0})
			if err == nil {
				h.imports = append(h.imports, v.Import.ID)
			}
			return err
		},
		"mapImport": func(rt *rapid.T, a fettle.Actor) error {
			if len(h.imports) == 0 {
				return nil
			}
			_, err := h.e.MapImport(ctx, a, engine.LaterInput{
				ID: rapid.SampledFrom(h.imports).Draw(rt, "import"), Map: map[string]string{"before": "title"}, Confirm: confirm(rt), NoRun: rapid.IntRange(0, 3).Draw(rt, "no run") == 0,
			})
			return err
		},
		"undoImport": func(rt *rapid.T, a fettle.Actor) error {
			if len(h.imports) == 0 {
				return nil
			}
			_, err := h.e.UndoImport(ctx, a, rapid.SampledFrom(h.imports).Draw(rt, "import"))
			return err
		},
		"editRecord": func(rt *rapid.T, a fettle.Actor) error {
			field, value := "title", rapid.SampledFrom(historyTitles).Draw(rt, "value")
			if rapid.Bool().Draw(rt, "another company") {
				h.fields++
				field, value = "company_domain", fmt.Sprintf("d%d.com", h.fields)
			}
			return h.e.EditRecord(ctx, a, record(rt), field, value, confirm(rt))
		},
		"editRecords": func(rt *rapid.T, a fettle.Actor) error {
			in := engine.EditsInput{Entity: fettle.People, Confirm: confirm(rt)}
			value := rapid.SampledFrom(historyTitles).Draw(rt, "value")
			ids := h.ids(fettle.AllPeople)
			for _, id := range ids[:min(len(ids), many(rt))] {
				in.Edits = append(in.Edits, engine.Edit{Record: id, Field: "title", Value: value})
			}
			_, err := h.e.EditRecords(ctx, a, in)
			return err
		},
		"setField": func(rt *rapid.T, a fettle.Actor) error {
			ids := h.ids(fettle.AllPeople)
			in := engine.SetInput{Field: "title", Value: rapid.SampledFrom(historyTitles).Draw(rt, "value"), Confirm: confirm(rt)}
			if in.IDs = ids[:min(len(ids), many(rt))]; len(in.IDs) == 0 {
				return nil
			}
			_, err := h.e.SetField(ctx, a, in)
			return err
		},
		"takeBack": func(rt *rapid.T, a fettle.Actor) error {
			sets, _, err := h.e.ChangeSets(ctx, admin, engine.SetsQuery{Limit: 8})
			if err != nil || len(sets) == 0 || len(h.ids(fettle.AllPeople)) < 4 {
				return err
			}
			_, err = h.e.TakeBack(ctx, a, rapid.SampledFrom(sets).Draw(rt, "set").ID, false, confirm(rt))
			return err
		},
		"mergeRecords": func(rt *rapid.T, a fettle.Actor) error {
			if len(h.ids(fettle.AllPeople)) < 4 {
				return nil
			}
			_, err := h.e.MergeRecords(ctx, a, record(rt), record(rt), nil)
			return err
		},
		"acceptStranger": func(rt *rapid.T, a fettle.Actor) error {
			held, _, err := h.e.Strangers(ctx, admin, engine.StrangersQuery{State: fettle.StrangerHeld, Limit: 1})
			if err != nil || len(held) == 0 {
				return err
			}
			_, err = h.e.AcceptStranger(ctx, a, held[0].Call, held[0].RecordID, rapid.Bool().Draw(rt, "confirm"))
			return err
		},
		"rejectStranger": func(rt *rapid.T, a fettle.Actor) error {
			held, _, err := h.e.Strangers(ctx, admin, engine.StrangersQuery{State: fettle.StrangerHeld, Limit: 1})
			if err != nil || len(held) == 0 {
				return err
			}
			_, err = h.e.RejectStranger(ctx, a, held[0].Call, held[0].RecordID, true, rapid.Bool().Draw(rt, "confirm"))
			return err
		},
		"unmergeRecords": func(_ *rapid.T, a fettle.Actor) error {
			merges, err := h.e.Merges(ctx, a, 0, 0, 1)
			if err != nil || len(merges) == 0 {
				return err
			}
			_, err = h.e.UnmergeRecords(ctx, a, merges[0].ID, true, false)
			return err
		},
		"splitRecord": func(rt *rapid.T, a fettle.Actor) error {
			id, keys := record(rt), map[int64][]string{}
			if err := h.db.View(ctx, func(tx *store.Tx) (err error) {
				keys, err = tx.KeysOf(ctx, []int64{id})
				return err
			}); err != nil || len(keys[id]) == 0 {
				return err
			}
			_, err := h.e.SplitRecord(ctx, a, id, rapid.SampledFrom(keys[id]).Draw(rt, "key"))
			return err
		},
		"suppressRecords": func(rt *rapid.T, a fettle.Actor) error {
			_, err := h.e.SuppressRecords(ctx, a, []int64{record(rt)}, "", rapid.Bool().Draw(rt, "on"))
			return err
		},
		"deleteRecords": func(rt *rapid.T, a fettle.Actor) error {
			if len(h.ids(fettle.AllPeople)) < 4 {
				return nil
			}
			_, err := h.e.DeleteRecords(ctx, a, []int64{record(rt)}, "", rapid.Bool().Draw(rt, "erase"))
			return err
		},
		"addField": func(_ *rapid.T, a fettle.Actor) error {
			h.fields++
			_, err := h.e.AddField(ctx, a, fettle.Field{Entity: fettle.People, Key: fmt.Sprint("more_", h.fields), Type: fettle.Text})
			return err
		},
	}
}

// moneyOperations touch what limits are counted by. An admin's are left out: the
// history counts on what stands.
func (h *rightsHistory) moneyOperations() map[string]func(*rapid.T, fettle.Actor) error {
	ctx := h.t.Context()
	refused := func(do func(fettle.Actor) error) func(*rapid.T, fettle.Actor) error {
		return func(rt *rapid.T, a fettle.Actor) error {
			if a.Role == fettle.Admin {
				return nil
			}
			err := do(a)
			if err == nil || fettle.CodeOf(err) != fettle.NotAllowed {
				rt.Fatalf("%s is not refused what its limit is counted by: %v", a.Name, err)
			}
			return err
		}
	}
	zero, elsewhere := fettle.Credits(0), "http://127.0.0.1:1"
	return map[string]func(*rapid.T, fettle.Actor) error{
		"resolveUnknowns": func(rt *rapid.T, a fettle.Actor) error {
			_, err := h.e.Resolve(ctx, a, nil, true, fettle.Resolution{Action: rapid.SampledFrom([]string{"retry", "write_off", "not_billed"}).Draw(rt, "as")})
			return err
		},
		"grantCredits": refused(func(a fettle.Actor) error { _, err := h.e.Grant(ctx, a, fettle.Credit, ""); return err }),
		"setLimit": refused(func(a fettle.Actor) error {
			return h.e.SetLimit(ctx, a, "person", "ci", fettle.Limit{Credits: credits(1000)})
		}),
		"attachToBudget": refused(func(a fettle.Actor) error {
			_, err := h.e.Attach(ctx, a, "other", fettle.BudgetMembers{People: []string{"ci"}})
			return err
		}),
		"detachFromBudget": refused(func(a fettle.Actor) error {
			_, err := h.e.Detach(ctx, a, "of-ci", fettle.BudgetMembers{People: []string{"ci"}})
			return err
		}),
		"deleteBudget":   refused(func(a fettle.Actor) error { return h.e.DeleteBudget(ctx, a, "of-ci") }),
		"approveRequest": refused(func(a fettle.Actor) error { _, err := h.e.ApproveRequest(ctx, a, 1, ""); return err }),
		"createRequest": func(rt *rapid.T, a fettle.Actor) error {
			_, err := h.e.AskMore(ctx, a, fettle.AskInput{Enrichment: h.name(rt), Reason: "more", Amount: fettle.Amount{Credits: credits(900_000)}})
			return err
		},
		"raiseBudget": refused(func(a fettle.Actor) error {
			return h.e.SetLimit(ctx, a, "budget", "of-ci", fettle.Limit{Credits: credits(1000)})
		}),
		"setPrice": refused(func(a fettle.Actor) error { return h.e.SetPrice(ctx, a, provider.ModelPrice{}) }),
		"setConnection": refused(func(a fettle.Actor) error {
			return h.e.SetConnection(ctx, a, "sandbox", engine.ConnectionInput{UnitCredits: &zero})
		}),
		"addConnection": refused(func(a fettle.Actor) error {
			return h.e.AddConnection(ctx, a, "sandbox@cheap", engine.ConnectionInput{UnitCredits: &zero})
		}),
		"removeConnection": refused(func(a fettle.Actor) error { return h.e.RemoveConnection(ctx, a, "sandbox@other") }),
		"setAddress": refused(func(a fettle.Actor) error {
			return h.e.SetConnection(ctx, a, "sandbox", engine.ConnectionInput{BaseURL: &elsewhere})
		}),
		"saveDefinition":   refused(func(a fettle.Actor) error { return h.e.SaveDefinition(ctx, a, []byte("kind: DataProvider")) }),
		"removeDefinition": refused(func(a fettle.Actor) error { return h.e.RemoveDefinition(ctx, a, "sandbox") }),
		"setSimulated":     refused(func(a fettle.Actor) error { return h.e.SetSimulated(ctx, a, true) }),
		"setPilotAllowance": refused(func(a fettle.Actor) error {
			_, err := h.e.SetPilotAllowance(ctx, a, fettle.PilotAllowance{Rows: 1000, Credits: 1000 * fettle.Credit})
			return err
		}),
		"createToken": refused(func(a fettle.Actor) error {
			_, err := h.e.Accounts.CreateToken(ctx, a, account.TokenInput{Name: "t", Role: fettle.Admin})
			return err
		}),
	}
}
