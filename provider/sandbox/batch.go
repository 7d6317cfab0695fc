package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// batch serves an operation that takes many records in one request: {"records":
// [{"ref", …}]}. A record that cannot be asked for has the whole request refused,
// which is not billed. Otherwise each record is billed by itself, and the request
// at the least its minimum if any is.
func (s *Server) batch(op operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := question{operation: op.id, key: r.Header.Get("Idempotency-Key"), idempotent: s.cfg.Idempotent, least: op.least, later: op.later}
		records, problem := readRecords(r, op)
		for _, x := range records {
			one := question{operation: op.id, input: strings.Join(x.inputs, "\x1f")}
			one.id = roll(s.cfg.Seed, op.id, one.input)
			one.price = op.price(one.id)
			q.records = append(q.records, one)
			q.input += strings.Join(x.inputs, " | ") + "\n"
		}
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
		s.answer(w, r, q, func(v verdict) reply {
			body := mustJSON(s.tellRecords(op, q, records, v))
			if !op.later {
				return reply{status: http.StatusOK, body: body}
			}
			return reply{status: http.StatusAccepted, body: mustJSON(jobBody{Job: s.jobs.add(body, v.first)})}
		}, func(status int, code, message string) reply {
			return reply{status: status, body: dataError(code, message)}
		})
	}
}

// record is one of a request's.
type record struct {
	ref    string
	inputs []string
}

// readRecords reads the records of a request, and says what is wrong with it.
func readRecords(r *http.Request, op operation) ([]record, string) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, "the body cannot be read"
	}
	var body struct {
		Records []map[string]any `json:"records"`
	}
	if err := json.Unmarshal(raw, &body); err != nil || len(body.Records) == 0 || len(body.Records) > op.batch {
		return nil, fmt.Sprintf("the body is {records: [1 to %d]}", op.batch)
	}
	var out []record
	wrong := ""
	for _, m := range body.Records {
		inputs, problem := op.read(m)
		ref, _ := m["ref"].(string)
		if wrong == "" && problem != "" {
			wrong = "a record cannot be read: " + problem
		}
		out = append(out, record{ref: ref, inputs: inputs})
	}
	return out, wrong
}

// judgeRecords decides what each record of a request costs, and the request.
func (c Config) judgeRecords(q question, v *verdict) {
	v.records = make([]verdict, len(q.records))
	v.hit = true
	for i, one := range q.records {
		r := &v.records[i]
		luck := one.id.and(0)
		if r.hit = luck.share() < c.HitRate; r.hit || c.BillMiss {
			r.billed, r.charged = one.price, one.price
		}
		v.billed += r.billed
	}
	if v.billed > 0 {
		v.billed = max(v.billed, q.least)
	}
	if v.outcome == notFound {
		v.outcome = found // each record says whether it was
	}
}

// repeats counts the records of a request that were billed before.
func (l *ledger) repeats(q question, v *verdict) {
	for i := range v.records {
		if v.records[i].billed == 0 {
			continue
		}
		t := l.seen[q.records[i].id]
		if t.billed++; t.billed > 1 {
			v.again++
		}
		l.seen[q.records[i].id] = t
	}
}

// recordBody is the answer about one record; its price is without the minimum.
type recordBody struct {
	Ref string `json:"ref"`
	answerBody
}

type recordsBody struct {
	State   string       `json:"state"`
	Results []recordBody `json:"results"`
	Credits json.Number  `json:"credits"` // of the request
}

// tellRecords makes the answer about the records.
func (s *Server) tellRecords(op operation, q question, records []record, v verdict) recordsBody {
	out := recordsBody{State: "done", Results: make([]recordBody, len(records)), Credits: json.Number(v.charged.String())}
	for i, x := range records {
		one := recordBody{Ref: x.ref, answerBody: answerBody{Found: v.records[i].hit, Data: map[string]any{}, Credits: json.Number(v.records[i].charged.String())}}
		if one.Found {
			one.Data = s.tell(op, q.records[i], x.inputs)
			s.cfg.judged(q.records[i].id, one.Data)
		}
		out.Results[i] = one
	}
	return out
}

// jobs are the requests whose results are asked for later.
type jobs struct {
	mu      sync.Mutex
	results [][]byte
}

type jobBody struct {
	Job   string `json:"job"`
	State string `json:"state,omitempty"`
}

// add makes a job of a request. A request that is repeated under its key is the
// job that it was.
func (j *jobs) add(results []byte, first *firstAnswer) (id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if first != nil && first.job != "" {
		return first.job
	}
	j.results = append(j.results, results)
	id = fmt.Sprintf("job-%d", len(j.results))
	if first != nil {
		first.job = id
	}
	return id
}

// job answers GET /v1/jobs/{id}.
func (s *Server) job(w http.ResponseWriter, r *http.Request) {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	n := 0
	if _, err := fmt.Sscanf(r.PathValue("id"), "job-%d", &n); err != nil || n < 1 || n > len(s.jobs.results) {
		send(w, http.StatusNotFound, dataError("not_found", "there is no such job"))
		return
	}
	if s.held.Load() != nil {
		writeJSON(w, jobBody{Job: r.PathValue("id"), State: "busy"})
		return
	}
	send(w, http.StatusOK, s.jobs.results[n-1])
}
