package catalog

import (
	"io"
	"net/http"
	"testing"

	"fettle"
	"fettle/provider"
	"fettle/provider/declarative"
	"fettle/provider/providertest"
)

func answer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
	}
}

func TestConformance(t *testing.T) {
	defs, err := Definitions()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		step   fettle.Step
		call   provider.Call
		answer string
	}{
		{
			fettle.Step{Provider: "prospeo/enrich_person", Inputs: map[string]string{"email": "email"}, Options: map[string]any{"mobile": true}},
			provider.Call{Key: "k1", Inputs: map[string]any{"email": "roger@example.com"}},
			`{"error":false,"person":{"email":{"email":"roger@example.com"},"mobile":{"mobile_international":"+1 212 555 0100"}}}`,
		},
		{
			fettle.Step{Provider: "neverbounce/verify_email", Inputs: map[string]string{"email": "email"}},
			provider.Call{Key: "k1", Inputs: map[string]any{"email": "ada@example.com"}},
			`{"status":"success","result":"valid","flags":[],"suggested_correction":"","execution_time":9}`,
		},
		{
			fettle.Step{Provider: "peopledatalabs/enrich_person", Inputs: map[string]string{"email": "email"}},
			provider.Call{Key: "k1", Inputs: map[string]any{"email": "ada@example.com"}},
			`{"status":200,"likelihood":9,"data":{"full_name":"ada","work_email":"ada@example.com","job_title":"analyst"}}`,
		},
		{
			fettle.Step{Provider: "peopledatalabs/enrich_person_bulk", Inputs: map[string]string{"email": "email"}},
			provider.Call{Key: "k1", Inputs: map[string]any{"email": "ada@example.com"}},
			`[{"status":200,"likelihood":9,"data":{"full_name":"bob"},"metadata":{"ref":"k2"}},{"status":200,"likelihood":9,"data":{"full_name":"ada"},"metadata":{"ref":"k1"}}]`,
		},
		{
			fettle.Step{Provider: "gleif/find_legal_entity", Inputs: map[string]string{"company_name": "name"}},
			provider.Call{Key: "k1", Inputs: map[string]any{"company_name": "Acme"}},
			`{"data":[{"attributes":{"lei":"A1","entity":{"legalName":{"name":"Acme Ltd"}}}}]}`,
		},
		{
			fettle.Step{Provider: "dropcontact/enrich_contacts", Inputs: map[string]string{"linkedin_url": "linkedin_url"}},
			provider.Call{Key: "k1", Inputs: map[string]any{"linkedin_url": "https://www.linkedin.com/in/x"}},
			`{"success":true,"request_id":"q1"}`,
		},
		{
			fettle.Step{Provider: "sandbox/job_title", Inputs: map[string]string{"email": "email"}},
			provider.Call{Key: "k1", Inputs: map[string]any{"email": "ada@example.com"}},
			`{"found":true,"data":{"title":"Analyst","linkedin_url":"https://www.linkedin.com/in/ada"},"credits":2}`,
		},
		{
			fettle.Step{Provider: "sandbox/find_email_batch", Inputs: map[string]string{"full_name": "name", "company_domain": "company_domain"}},
			provider.Call{Key: "k1", Inputs: map[string]any{"full_name": "Ada", "company_domain": "example.com"}},
			`{"credits":1,"results":[{"ref":"k2","found":true,"data":{"email":"b@example.com"},"credits":0.4},{"ref":"k1","found":true,"data":{"email":"a@example.com"},"credits":0.4}]}`,
		},
		{
			fettle.Step{Provider: "sandbox/find_email_job", Inputs: map[string]string{"full_name": "name", "company_domain": "company_domain"}},
			provider.Call{Key: "k1", Inputs: map[string]any{"full_name": "Ada", "company_domain": "example.com"}},
			`{"job":"job-1"}`,
		},
	} {
		for _, d := range defs {
			if tt.step.Provider[:len(d.ID)] != d.ID {
				continue
			}
			t.Run(tt.step.Provider, func(t *testing.T) {
				providertest.Run(t, providertest.Case{Provider: declarative.New(d), Step: tt.step, Call: tt.call, Answer: answer(tt.answer)})
			})
		}
	}
}
