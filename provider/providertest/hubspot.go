package providertest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// HubSpot stands in for the contacts of HubSpot: it keeps what they hold, answers
// as HubSpot does, and refuses what HubSpot refuses. Its own client is pointed at it
// too.
type HubSpot struct {
	*httptest.Server

	Token string

	mu         sync.Mutex
	contacts   map[string]map[string]string
	properties map[string]bool
	reads      int
	writes     int // requests
	updates    []HubSpotUpdate
	turnedAway int // how many requests are to be
	cut        int // how many answers to updates are to be cut off
	broken     bool
	meanwhile  func() // happens while an update is under way
	reading    func() // happens while a read is under way
	silentOf   string // the contact of which reads say nothing
	strict     bool   // what a property does not take refuses the whole request
}

// HubSpotUpdate is one contact of a request that updated it.
type HubSpotUpdate struct {
	ID         string
	Properties map[string]string
}

// NewHubSpot starts one that knows the properties, without contacts.
func NewHubSpot(t *testing.T, properties ...string) *HubSpot {
	t.Helper()
	h := &HubSpot{Token: "pat-test-5f1d", contacts: map[string]map[string]string{}, properties: map[string]bool{}}
	for _, p := range properties {
		h.properties[p] = true
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /crm/v3/objects/contacts/batch/read", h.read)
	mux.HandleFunc("POST /crm/v3/objects/contacts/batch/update", h.update)
	h.Server = httptest.NewServer(h.guarded(mux))
	t.Cleanup(h.Close)
	return h
}

// Put makes or replaces a contact.
func (h *HubSpot) Put(id string, properties map[string]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.contacts[id] = maps.Clone(properties)
}

// Contact gives what a contact holds.
func (h *HubSpot) Contact(id string) map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.contacts[id])
}

// Updates gives the contacts of the requests that updated them, in order, and how
// many requests read and updated.
func (h *HubSpot) Updates() (all []HubSpotUpdate, reads, writes int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.updates), h.reads, h.writes
}

// TurnAway has the next n requests be too many; Cut has the answers to the next n
// updates be cut off after they were made.
func (h *HubSpot) TurnAway(n int) { h.set(func() { h.turnedAway = n }) }

// Cut has the answers to the next n updates be cut off after they were made.
func (h *HubSpot) Cut(n int) { h.set(func() { h.cut = n }) }

// Meanwhile has something happen, once, while an update is under way.
func (h *HubSpot) Meanwhile(happens func()) { h.set(func() { h.meanwhile = happens }) }

// Reading has something happen, once, while a read is under way.
func (h *HubSpot) Reading(happens func()) { h.set(func() { h.reading = happens }) }

// SilentOf has reads say nothing of a contact.
func (h *HubSpot) SilentOf(id string) { h.set(func() { h.silentOf = id }) }

// Strict has what a property does not take refuse the whole request.
func (h *HubSpot) Strict() { h.set(func() { h.strict = true }) }

// Break has every request fail, or not any more.
func (h *HubSpot) Break(broken bool) { h.set(func() { h.broken = broken }) }

func (h *HubSpot) set(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

func (h *HubSpot) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		away, broken := h.turnedAway > 0, h.broken
		if away {
			h.turnedAway--
		}
		h.mu.Unlock()
		switch {
		case r.Header.Get("Authorization") != "Bearer "+h.Token:
			problem(w, http.StatusUnauthorized, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
		case broken:
			problem(w, http.StatusServiceUnavailable, "INTERNAL_ERROR", "Try again.")
		case away:
			w.Header().Set("Retry-After", "1")
			problem(w, http.StatusTooManyRequests, "RATE_LIMITS", "You have reached your ten_secondly_rolling limit.")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func problem(w http.ResponseWriter, status int, category, message string) {
	answer(w, status, map[string]any{"status": "error", "category": category, "message": message, "correlationId": "c0ffee00-0000-4000-8000-000000000000"})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

type hubspotInput struct {
	ID         string            `json:"id"`
	Properties map[string]string `json:"properties"`
}

// inputs reads a request, and refuses one that HubSpot would refuse.
func inputs(w http.ResponseWriter, r *http.Request, also ...string) ([]hubspotInput, []string, bool) {
	var body struct {
		Inputs     []hubspotInput `json:"inputs"`
		Properties []string       `json:"properties"`
		History    []string       `json:"propertiesWithHistory"`
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&body); err != nil {
		problem(w, http.StatusBadRequest, "VALIDATION_ERROR", "Invalid input JSON: "+err.Error())
		return nil, nil, false
	}
	seen := map[string]bool{}
	for _, in := range body.Inputs {
		if _, err := strconv.Atoi(in.ID); err != nil || seen[in.ID] {
			problem(w, http.StatusBadRequest, "VALIDATION_ERROR", fmt.Sprintf("%q is not a valid id, or there twice", in.ID))
			return nil, nil, false
		}
		seen[in.ID] = true
	}
	if len(body.Inputs) == 0 || len(body.Inputs) > 100 {
		problem(w, http.StatusBadRequest, "VALIDATION_ERROR", fmt.Sprintf("%d inputs: between 1 and 100 are taken", len(body.Inputs)))
		return nil, nil, false
	}
	return body.Inputs, append(body.Properties, also...), true
}

// errors gathers what is wrong, by what and why.
type hubspotErrors map[[2]string][]string

func (e hubspotErrors) list() []any {
	out := []any{}
	for _, k := range slices.SortedFunc(maps.Keys(e), func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) }) {
		out = append(out, map[string]any{"status": "error", "category": k[0], "message": k[1], "context": map[string]any{"ids": e[k]}})
	}
	return out
}

func (e hubspotErrors) answer(w http.ResponseWriter, results []any) {
	body := map[string]any{"status": "COMPLETE", "results": results, "startedAt": "2026-11-30T00:00:00.000Z", "completedAt": "2026-11-30T00:00:00.100Z"}
	if len(e) == 0 {
		answer(w, http.StatusOK, body)
		return
	}
	body["numErrors"], body["errors"] = len(e), e.list()
	answer(w, http.StatusMultiStatus, body)
}

func contact(id string, properties map[string]any) any {
	return map[string]any{"id": id, "properties": properties, "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-11-30T00:00:00.000Z", "archived": false}
}

var notFound = [2]string{"OBJECT_NOT_FOUND", "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid."}

func (h *HubSpot) read(w http.ResponseWriter, r *http.Request) {
	in, names, ok := inputs(w, r, "hs_object_id")
	if !ok {
		return
	}
	h.mu.Lock()
	happens := h.reading
	h.reading = nil
	h.mu.Unlock()
	if happens != nil {
		happens()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reads++
	wrong, results := hubspotErrors{}, []any{}
	for _, x := range in {
		held, is := h.contacts[x.ID]
		if x.ID == h.silentOf {
			continue
		}
		if !is {
			wrong[notFound] = append(wrong[notFound], x.ID)
			continue
		}
		p := map[string]any{}
		for _, name := range names {
			p[name] = nil
			if v, is := held[name]; is {
				p[name] = v
			}
		}
		p["hs_object_id"] = x.ID
		results = append(results, contact(x.ID, p))
	}
	wrong.answer(w, results)
}

func (h *HubSpot) update(w http.ResponseWriter, r *http.Request) {
	in, _, ok := inputs(w, r)
	if !ok {
		return
	}
	h.mu.Lock()
	happens := h.meanwhile
	h.meanwhile = nil
	h.mu.Unlock()
	if happens != nil {
		happens()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writes++
	wrong, results := hubspotErrors{}, []any{}
	for _, x := range in {
		bad := ""
		for name := range x.Properties {
			if !h.properties[name] {
				bad = fmt.Sprintf("Property %q does not exist", name)
			} else if x.Properties[name] == "refuse me" {
				bad = fmt.Sprintf("%s was not one of the allowed options", name)
			}
		}
		if bad != "" && h.strict {
			problem(w, http.StatusBadRequest, "VALIDATION_ERROR", bad)
			return
		}
		held, is := h.contacts[x.ID]
		switch {
		case bad != "":
			k := [2]string{"VALIDATION_ERROR", bad}
			wrong[k] = append(wrong[k], x.ID)
			continue
		case !is:
			wrong[notFound] = append(wrong[notFound], x.ID)
			continue
		}
		maps.Copy(held, x.Properties)
		h.updates = append(h.updates, HubSpotUpdate(x))
		p := map[string]any{}
		for k, v := range x.Properties {
			p[k] = v
		}
		results = append(results, contact(x.ID, p))
	}
	if h.cut > 0 {
		h.cut--
		panic(http.ErrAbortHandler)
	}
	wrong.answer(w, results)
}
