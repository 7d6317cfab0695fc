package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxBody bounds the body of a request.
const maxBody = 4 << 20

// data serves one operation of the data providers.
func (s *Server) data(op operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := question{operation: op.id, key: r.Header.Get("Idempotency-Key"), idempotent: s.cfg.Idempotent}
		inputs, problem := readInputs(r, op)
		q.input = strings.Join(inputs, "\x1f")
		if problem != "" {
			s.ledger.reject(q, badInput)
			send(w, http.StatusBadRequest, dataError("bad_input", problem))
			return
		}
		if status, code := checkKey(r); status != 0 {
			s.ledger.reject(q, refused)
			send(w, status, dataError(code, "the key is refused"))
			return
		}
		q.id = roll(s.cfg.Seed, op.id, q.input)
		q.price = op.price(q.id)
		if op.bills != nil && !op.bills(inputs, s.tell(op, q, inputs)) {
			q.price = 0
		}
		if op.perContact {
			q.contact = profileKey(inputs[0])
		}
		s.answer(w, r, q, func(v verdict) reply {
			body := answerBody{Found: v.hit, Data: map[string]any{}, Credits: json.Number(v.charged.String())}
			if v.hit {
				body.Data = s.tell(op, q, inputs)
				s.cfg.judged(q.id, body.Data)
			}
			return reply{status: http.StatusOK, body: mustJSON(body)}
		}, func(status int, code, message string) reply {
			return reply{status: status, body: dataError(code, message)}
		})
	}
}

// tell is the data of a hit.
func (s *Server) tell(op operation, q question, inputs []string) map[string]any {
	if op.jobs {
		if known, ok := s.told(inputs[0]); ok {
			return known
		}
	}
	return op.data(q.id.and(1<<40), inputs)
}

type answerBody struct {
	Found   bool           `json:"found"`
	Data    map[string]any `json:"data"`
	Credits json.Number    `json:"credits"`
}

type errorBody struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func dataError(code, message string) []byte {
	var b errorBody
	b.Error.Code, b.Error.Message = code, message
	return mustJSON(b)
}

// readInputs reads the named inputs of a body, normalised, and says what is
// wrong with them, or "".
func readInputs(r *http.Request, op operation) ([]string, string) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return make([]string, len(op.inputs)), "the body cannot be read"
	}
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		return make([]string, len(op.inputs)), "the body is not a JSON object"
	}
	return op.read(body)
}

// read reads the inputs of one record.
func (op operation) read(body map[string]any) ([]string, string) {
	inputs := make([]string, len(op.inputs))
	for i, name := range op.inputs {
		text, isText := body[name].(string)
		if body[name] != nil && !isText {
			return inputs, name + " is not text"
		}
		inputs[i] = normalise(text)
		if inputs[i] == "" && i >= len(op.inputs)-op.optional {
			continue
		}
		if problem := check(name, inputs[i]); problem != "" {
			return inputs, problem
		}
	}
	return inputs, ""
}

// checkKey plays the provider's opinion of a key: those that begin with "bad"
// are refused, those that begin with "broke" are out of credit.
func checkKey(r *http.Request) (status int, code string) {
	key := r.Header.Get("X-Api-Key")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		key = bearer
	}
	switch {
	case strings.HasPrefix(key, "bad"):
		return http.StatusUnauthorized, "auth_error"
	case strings.HasPrefix(key, "broke"):
		return http.StatusPaymentRequired, "out_of_credit"
	}
	return 0, ""
}

// callView is one call as GET /calls shows it.
type callView struct {
	N         int64             `json:"n"`
	Arrival   time.Time         `json:"arrival"`
	Key       string            `json:"key"`
	Operation string            `json:"operation"`
	Input     map[string]string `json:"input"`
	Billed    bool              `json:"billed"`
	Credits   string            `json:"billed_credits"`
	Outcome   string            `json:"outcome"`
}

type callsPage struct {
	Calls []callView `json:"calls"`
	Next  int64      `json:"next"` // ask ?after=next for those that follow
	More  bool       `json:"more"`
	Total int64      `json:"total"`
}

// maxPage is how many calls one page of the books lists, unless fewer are asked
// for: whoever compares call by call must not see a part in silence.
const maxPage = 100_000

// calls answers GET /calls?after=N&limit=N.
func (s *Server) calls(w http.ResponseWriter, r *http.Request) {
	after, okAfter := queryNumber(r, "after", 0)
	limit, okLimit := queryNumber(r, "limit", maxPage)
	if !okAfter || !okLimit || limit == 0 {
		send(w, http.StatusBadRequest, dataError("bad_input", "after and limit are whole numbers"))
		return
	}
	entries, total := s.ledger.calls(after, min(limit, maxPage))
	names := map[string][]string{modelID: {"prompt"}}
	for _, op := range operations() {
		if names[op.id] = op.inputs; op.batch > 0 {
			names[op.id] = []string{"records"}
		}
	}
	page := callsPage{Calls: make([]callView, 0, len(entries)), Next: after, Total: total}
	for _, e := range entries {
		view := callView{
			N: e.n, Arrival: e.arrival, Key: e.key, Operation: e.operation, Input: map[string]string{},
			Billed: e.billed > 0, Credits: e.billed.String(), Outcome: e.outcome.String(),
		}
		values := strings.Split(e.input, "\x1f")
		for i, name := range names[e.operation] {
			if i < len(values) {
				view.Input[name] = values[i]
			}
		}
		page.Calls = append(page.Calls, view)
		page.Next = e.n
	}
	page.More = page.Next < total
	writeJSON(w, page)
}

func queryNumber(r *http.Request, name string, otherwise int64) (int64, bool) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0
}
