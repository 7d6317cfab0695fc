package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// foreign are variables of the environment that are no provider's key.
var foreign = []string{
	"FETTLE_OIDC_CLIENT_SECRET", "FETTLE_KEY", "FETTLE_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GITHUB_TOKEN", "DATABASE_URL", "PGPASSWORD",
	"STRIPE_SECRET_KEY", "SLACK_BOT_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "AZURE_CLIENT_SECRET", "NPM_TOKEN", "HOME", "PATH", "SSH_AUTH_SOCK",
	"PROSPEO_API_KEY", "DROPCONTACT_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "VENDOR_API_KEY", "FETTLE_KEY_VENDOR",
}

// envWorld is a vendor world in whose environment every variable holds a secret
// of its own name.
func envWorld(t *testing.T, listed ...connect.EnvKey) (*world, *vendor) {
	t.Helper()
	w, v := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 1, Seed: 1}), newVendor(t)
	w.hosts = []string{v.host()}
	c := w.config()
	c.Sandbox, c.EnvKeys = "", listed
	c.Env = func(name string) (string, bool) { return "secret-of-" + name, true }
	e, err := engine.New(t.Context(), c)
	must(t, err)
	w.e = e
	w.work(w.e)
	return w, v
}

// asks makes an enrichment ask a provider about one person, and waits until it
// was asked, or refused.
func (w *world) asks(name string, d fettle.Definition) {
	w.t.Helper()
	w.people(w.imported, 1, "")
	w.imported++
	d.Follow = false
	w.save(name, d)
	if _, err := w.e.Start(w.t.Context(), admin, name, engine.StartOptions{}); err != nil {
		w.t.Logf("%s: %v", name, err)
		return
	}
	w.until(name, func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused })
}

// nothingOfTheEnvironment fails the test if a secret of the environment arrived.
func (w *world) nothingOfTheEnvironment(v *vendor) {
	w.t.Helper()
	for _, c := range v.seen() {
		if strings.Contains(c.key+c.headers+c.body, "secret-of-") {
			w.t.Errorf("arrived: %+v", c)
		}
	}
}

// TestForeignVariablesReachNobody has a workspace's definitions name every
// variable that there may be: none arrives at the provider.
func TestForeignVariablesReachNobody(t *testing.T) {
	t.Parallel()
	w, v := envWorld(t)
	id := func(i int) string { return fmt.Sprintf("vendor%d", i) }
	for i, name := range foreign {
		must(t, w.e.SaveDefinition(t.Context(), admin, v.definition(id(i), "/v1/find", ", key_env: "+name)))
		key := "typed"
		in := engine.ConnectionInput{UnitCredits: credits(1)}
		if i%2 == 0 {
			in.Key = &key
		}
		must(t, w.e.SetConnection(t.Context(), admin, id(i), in))
	}
	for i := range foreign { // afterwards, since each change has everything read anew
		d := askVendor()
		d.Steps[0].Provider = id(i) + "/find"
		w.asks("ask"+id(i), d)
	}
	w.nothingOfTheEnvironment(v)
	if n := len(v.seen()); n < len(foreign)/2 {
		t.Errorf("only %d calls arrived, want one at least with each typed key", n)
	}
}

// TestAChangedAddressDropsTheEnvironmentsKey points the providers that ship
// elsewhere: their keys in the environment do not follow, and the connection
// says so.
func TestAChangedAddressDropsTheEnvironmentsKey(t *testing.T) {
	t.Parallel()
	w, v := envWorld(t)
	for _, name := range []string{"llm/openai", "llm/anthropic", "prospeo", "dropcontact"} {
		if p := w.provider(name); p.KeyFrom != "environment" || p.KeyEnv == "" {
			t.Fatalf("%s has its key from %q (%s)", name, p.KeyFrom, p.KeyEnv)
		}
		url := v.http.URL
		in := engine.ConnectionInput{BaseURL: &url}
		if !strings.HasPrefix(name, "llm/") {
			in.UnitCredits = credits(1)
		}
		must(t, w.e.SetConnection(t.Context(), admin, name, in))
		p := w.provider(name)
		if p.KeyFrom != "" || p.Ready || p.BaseURL != url || !strings.Contains(p.Note, "is not used") {
			t.Errorf("%s at %s: key from %q, ready %t, note %q", name, p.BaseURL, p.KeyFrom, p.Ready, p.Note)
		}
		if _, err := w.e.TestConnection(t.Context(), admin, name); err == nil {
			t.Errorf("%s can be tried without a key", name)
		}
		own := ""
		must(t, w.e.SetConnection(t.Context(), admin, name, engine.ConnectionInput{BaseURL: &own}))
		if p := w.provider(name); p.KeyFrom != "environment" || p.Note != "" {
			t.Errorf("%s, back at its own address: key from %q, note %q", name, p.KeyFrom, p.Note)
		}
	}
	w.nothingOfTheEnvironment(v)
}

// TestAnOverriddenShippedProviderGetsNoKey has a definition of the workspace
// bear the name of a provider that ships, as after an upgrade that ships it.
func TestAnOverriddenShippedProviderGetsNoKey(t *testing.T) {
	t.Parallel()
	w, v := envWorld(t)
	if err := w.e.SaveDefinition(t.Context(), admin, v.definition("prospeo", "/v1/find", "")); err == nil {
		t.Error("a shipped provider can be replaced")
	}
	must(t, w.db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.PutProviderDefinition(t.Context(), store.ProviderDefinition{
			Provider: "prospeo", YAML: string(v.definition("prospeo", "/v1/find", "")), UpdatedAtUS: time.Now().UnixMicro(),
		})
	}))
	must(t, w.e.SetConnection(t.Context(), admin, "prospeo", engine.ConnectionInput{UnitCredits: credits(1)}))
	d := askVendor()
	d.Steps[0].Provider = "prospeo/find"
	w.asks("ask", d)
	if p := w.provider("prospeo"); p.KeyFrom != "" {
		t.Errorf("the key is from the %s", p.KeyFrom)
	}
	w.nothingOfTheEnvironment(v)
}

// TestAListedVariableIsAKey lists a variable for one provider at one host: it is
// its key there and nowhere else.
func TestAListedVariableIsAKey(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	w, elsewhere := envWorld(t, connect.EnvKey{Name: "OUR_KEY", Provider: "vendor", Host: v.host()})
	w.hosts = append(w.hosts, v.host())
	must(t, w.e.SaveDefinition(t.Context(), admin, v.definition("vendor", "/v1/find", "")))
	must(t, w.e.SetConnection(t.Context(), admin, "vendor", engine.ConnectionInput{UnitCredits: credits(1)}))
	if p := w.provider("vendor"); p.KeyFrom != "environment" || p.KeyEnv != "OUR_KEY" {
		t.Errorf("the listed key: from %q %q", p.KeyFrom, p.KeyEnv)
	}
	url := elsewhere.http.URL
	must(t, w.e.SetConnection(t.Context(), admin, "vendor", engine.ConnectionInput{BaseURL: &url}))
	w.asks("ask", askVendor())
	w.nothingOfTheEnvironment(elsewhere)
	for _, bad := range []string{"", "A", "A=b", "A=b@", "=b@c", "A=@c", "A=b@https://c"} {
		if _, err := connect.ParseEnvKey(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

// provider is a provider as it is shown.
func (w *world) provider(name string) engine.ProviderView {
	w.t.Helper()
	all, err := w.e.Providers(w.t.Context(), admin)
	must(w.t, err)
	for _, p := range all {
		if p.Name == name {
			return p
		}
	}
	w.t.Fatalf("there is no provider %s", name)
	return engine.ProviderView{}
}
