package engine_test

import (
	"fettle"
	"fettle/engine"
	"fettle/provider"
)

// process begins a process anew, with one provider that is in this program.
func (w *world) process(p provider.Provider) {
	w.t.Helper()
	e, err := engine.New(w.t.Context(), engine.Config{DB: w.db, Log: quiet(), Providers: []provider.Provider{p}, SecretKey: make([]byte, 32)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.e = e
}

// priced says that a unit of a provider is one credit.
func (w *world) priced(name string) {
	w.t.Helper()
	if err := w.e.SetConnection(w.t.Context(), admin, name, engine.ConnectionInput{UnitCredits: new(fettle.Credit)}); err != nil {
		w.t.Fatal(err)
	}
}
