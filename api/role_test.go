package api_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/account"
	"fettle/api"
)

// document is what of the OpenAPI document says how to ask.
type document struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	OperationID string `json:"operationId"`
	RequestBody *struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
	Parameters []struct {
		Name     string `json:"name"`
		In       string `json:"in"`
		Required bool   `json:"required"`
		Schema   schema `json:"schema"`
	} `json:"parameters"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Enum       []any             `json:"enum"`
	Examples   []any             `json:"examples"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	MinItems   int               `json:"minItems"`
	Format     string            `json:"format"`
}

// least makes the least that fits a schema, but never an empty list.
func (d document) least(s schema) any {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.least(d.Components.Schemas[name])
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	if len(s.Examples) > 0 {
		return s.Examples[0]
	}
	kind, _ := s.Type.(string)
	if kinds, ok := s.Type.([]any); ok {
		kind, _ = kinds[0].(string)
	}
	switch kind {
	case "integer", "number":
		return 1
	case "boolean":
		return true
	case "array":
		return []any{d.least(*s.Items)}
	case "object", "":
		out := map[string]any{}
		for _, name := range s.Required {
			out[name] = d.least(s.Properties[name])
		}
		return out
	}
	if s.Format == "date" {
		return "2026-01-01"
	}
	return "x"
}

// standing is who someone is to the server, from nobody up: each may what those
// before may.
type standing int

const (
	nobody standing = iota
	viewer
	editor
	capped  // an editor who may spend, up to a limit of their own
	spender // an editor who may spend
	admin
)

// leastStanding is the least that each operation asks for. It is the one place
// where that is decided: an operation that is not here fails.
var leastStanding = map[string]standing{
	"getSignIn": nobody, "signIn": nobody, "signInByLink": nobody, "acceptLink": nobody, "lookAtLink": nobody, "signOut": nobody,
	"beginSignIn": nobody, "finishSignIn": nobody,

	"getStatus": viewer, "events": viewer, "setPassword": viewer, "listNotifications": viewer, "readNotifications": viewer,
	"listRecords": viewer, "countRecords": viewer, "getRecord": viewer, "aboutRecord": viewer, "addNote": editor, "deleteNote": editor, "listChanges": viewer, "listCalls": viewer, "export": viewer, "listFields": viewer, "listValues": viewer, "getHub": viewer,
	"listAudiences": viewer, "getAudience": viewer, "countAudience": viewer, "countWhere": viewer, "explainMember": viewer, "explainWhere": viewer, "listMembers": viewer, "audienceMoves": viewer, "backtest": viewer,
	"listRuns": viewer, "getRun": viewer, "listOverwrites": viewer, "getDue": viewer, "getProgress": viewer, "spendByDay": viewer,
	"listEnrichments": viewer, "getEnrichment": viewer, "listRows": viewer, "listReasons": viewer, "listVersions": viewer, "whyEnrichment": viewer, "checkEnrichment": viewer, "estimate": viewer, "plan": viewer,
	"listImports": viewer, "listConflicts": viewer, "getImport": viewer, "getRejects": viewer, "getAside": viewer, "listProviders": viewer, "getSimulated": viewer, "listPrices": viewer, "audit": viewer,
	"countChosen": viewer, "listViews": viewer, "addView": viewer, "changeView": viewer, "deleteView": viewer, "getCredits": viewer, "spendBy": viewer, "forecastLimits": viewer, "listJournal": viewer, "downloadJournal": viewer, "whySpend": viewer,
	"listLimits": viewer, "listUnknowns": viewer, "listDuplicates": viewer, "countDuplicates": viewer, "getDuplicate": viewer, "listMerges": viewer, "listStrangers": viewer, "countStrangers": viewer, "getStranger": viewer, "downloadClaims": viewer, "listUndo": viewer, "getUndo": viewer,

	"receiveHook": nobody,

	"listPlays": viewer, "getPlay": viewer, "listSignals": viewer, "getSignal": viewer, "listSignalRules": viewer, "getSignalRule": viewer,
	"postSignals": editor, "saveSignalRule": editor, "deleteSignalRule": editor, "pauseSignalRule": editor, "resumeSignalRule": editor, "listHookBodies": editor,
	"makeHookToken": admin, "deleteHookToken": admin,

	"acceptStranger": editor, "rejectStranger": editor, "decideDuplicate": editor, "findDuplicates": editor, "splitRecord": editor, "mergeRecords": editor, "unmergeRecords": editor, "takeBack": editor,
	"upsertPeople": editor, "upsertCompanies": editor, "editRecord": editor, "editRecords": editor, "setField": editor, "deleteRecords": editor, "suppressRecords": editor,
	"import": editor, "mapImport": editor, "undoImport": editor, "addField": editor, "updateField": editor, "deleteField": editor, "saveAudience": editor, "deleteAudience": editor,
	"createAudience": editor, "renameAudience": editor, "createEnrichment": editor, "renameEnrichment": editor, "createSignalRule": editor, "renameSignalRule": editor,
	"saveEnrichment": editor, "deleteEnrichment": editor, "apply": editor, "exportWorkspace": editor, "testConnection": editor, "listModels": editor, "getDefinition": editor, "beginDefinition": editor, "checkDefinition": editor,
	"pilot": editor, "pause": editor, "point": editor, "reset": editor,

	"start": capped, "resume": capped, "approve": capped, "rerun": capped, "runRecords": capped, "retry": capped, "setEnrichmentLimit": capped, "resolveUnknowns": capped,

	"whatToAsk": viewer, "listRequests": viewer, "getRequest": viewer, "createRequest": editor, "refuseRequest": editor, "approveRequest": admin, "listBudgets": viewer, "attachToBudget": spender, "detachFromBudget": admin, "deleteBudget": admin, "setLimit": spender, "grantCredits": spender, "setPrice": spender, "setConnection": spender, "addConnection": spender, "removeConnection": spender,

	"listChannels": viewer, "listDeliveries": viewer, "listEventTypes": viewer,
	"createChannel": admin, "changeChannel": admin, "deleteChannel": admin, "testChannel": admin, "replayDeliveries": admin,

	"listFlows": viewer, "listSources": viewer, "listSourceBodies": editor, "replaySourceBody": editor, "deleteSource": editor, "readSource": editor, "setSource": admin, "makeSourceToken": admin, "deleteSourceToken": admin,
	"listDestinations": viewer, "listDestinationServices": viewer, "createDestination": editor, "saveDestination": editor, "getDestination": viewer, "listSent": viewer, "turnOffDestination": editor,
	"setDestination": admin, "checkDestination": admin, "turnOnDestination": admin, "sendDestination": admin, "replaySent": admin, "deleteDestination": admin,

	"getPilotAllowance": viewer, "setPilotAllowance": admin, "nameWorkspace": admin, "saveDefinition": admin, "removeDefinition": admin, "setSimulated": admin, "listActions": admin, "listUsers": admin, "inviteUser": admin, "changeUser": admin, "makeUserLink": admin,
	"listTokens": admin, "createToken": admin, "deleteToken": admin,
}

// instead is what is asked for where the least that fits is refused before
// anyone looks at who asks.
var instead = map[string]struct{ path, body string }{
	"retry":            {body: `{"outcome": "failed"}`},
	"import":           {path: "/api/v1/imports?entity=people"},
	"undoImport":       {body: `{"confirm": true}`},
	"unmergeRecords":   {body: `{"record_id": 1}`},
	"deleteRecords":    {body: `{"ids": [1], "confirm": true}`},
	"resolveUnknowns":  {body: `{"action": "retry", "all": true}`},
	"replayDeliveries": {body: `{"failed": true}`},
	"replaySent":       {body: `{"failed": true}`},
	"setConnection":    {path: "/api/v1/providers/formula/connection"},
	"addConnection":    {path: "/api/v1/providers/formula/connection"},
	"removeConnection": {path: "/api/v1/providers/formula/connection"},
	"listModels":       {path: "/api/v1/providers/formula/models"},
	"testConnection":   {path: "/api/v1/providers/formula/test"},
}

// ask makes a request for an operation, with the least that fits.
func (d document) ask(t *testing.T, path, id string, op operation) (address, body string) {
	t.Helper()
	if op.RequestBody != nil {
		if content, ok := op.RequestBody.Content["application/json"]; ok {
			body = asJSON(t, d.least(content.Schema))
		}
	}
	address, query := path, []string{}
	for _, p := range op.Parameters {
		value := strings.Trim(asJSON(t, d.least(p.Schema)), `"`)
		if p.In == "path" {
			address = strings.Replace(address, "{"+p.Name+"}", value, 1)
		} else if p.In == "query" && p.Required {
			query = append(query, p.Name+"="+value)
		}
	}
	if len(query) > 0 {
		address += "?" + strings.Join(query, "&")
	}
	return cmp.Or(instead[id].path, address), cmp.Or(instead[id].body, body)
}

// TestWhoMay asks for every operation of the OpenAPI document as everyone. Who
// may not is refused before anything else is said, such as what there is; who
// may is answered, if only that nothing is there.
func TestWhoMay(t *testing.T) {
	done := make(chan struct{})
	close(done) // event streams end at once
	b := served(t, func(c *api.Config) { c.Done = done })
	raw, err := api.OpenAPI("v1")
	if err != nil {
		t.Fatal(err)
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	yes := true
	cookies := [...]string{
		nobody: "", viewer: b.join("vera@acme.example", fettle.Viewer, "only looking here"), editor: b.join("ed@acme.example", fettle.Editor, "defines and pauses"),
		capped: b.join("carl@acme.example", fettle.Editor, "starts up to so much"), spender: b.join("sue@acme.example", fettle.Editor, "starts what others define"), admin: b.join("ada@acme.example", fettle.Admin, "engine no. one"),
	}
	if _, err := b.engine.Accounts.ChangeUser(t.Context(), fettle.System(), "sue@acme.example", account.UserChange{MaySpend: &yes}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.engine.Accounts.ChangeUser(t.Context(), fettle.System(), "carl@acme.example", account.UserChange{MaySpend: &yes}); err != nil {
		t.Fatal(err)
	}
	some := fettle.Credit
	if err := b.engine.SetLimit(t.Context(), fettle.System(), "person", "carl@acme.example", fettle.Limit{Credits: &some}); err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for method, op := range doc.Paths[path] {
			asked[op.OperationID] = true
			least, decided := leastStanding[op.OperationID]
			if !decided {
				t.Errorf("%s (%s %s): who may is not decided", op.OperationID, method, path)
				continue
			}
			address, body := doc.ask(t, path, op.OperationID, op)
			for who, cookie := range cookies {
				if least == nobody && standing(who) != nobody {
					continue // what is open to all asks nobody who they are
				}
				rec := b.do(strings.ToUpper(method), address, body, "Cookie", cookie)
				refused := rec.Code == http.StatusForbidden || rec.Header().Get("WWW-Authenticate") != ""
				if may := standing(who) >= least; refused == may || rec.Code >= http.StatusInternalServerError && rec.Code != http.StatusServiceUnavailable {
					t.Errorf("%s (%s %s %s) answers %d, which may %v: %d %s", op.OperationID, method, address, body, who, may, rec.Code, rec.Body)
				}
			}
		}
	}
	for id := range leastStanding {
		if !asked[id] {
			t.Errorf("%s is no operation", id)
		}
	}
	if rec := b.do("GET", "/metrics", ""); rec.Code != http.StatusUnauthorized {
		t.Errorf("metrics for nobody: %d", rec.Code)
	}
}
