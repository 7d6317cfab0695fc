package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fettle/internal/events"
)

// heartbeat keeps proxies from closing a quiet stream, tells the web app that
// its connection still carries (it waits for four of them), and is how soon a
// session that has ended is noticed.
const heartbeat = 5 * time.Second

func (s *server) eventRoutes() {
	event := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[events.Event](), true, "")
	s.stream(route{http.MethodGet, "/events", "events", "Follow what changes, as server-sent events", "events"}, func(op *huma.Operation) {
		op.Description = "Each event says: look again. A slow reader misses events rather than holding up the work."
		op.Responses["200"].Content = map[string]*huma.MediaType{"text/event-stream": {Schema: event}}
	}, s.events)
}

func (s *server) events(w http.ResponseWriter, r *http.Request) {
	events, cancel := s.engine.Subscribe()
	defer cancel()
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // not every connection has one
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	_, err := fmt.Fprint(w, ": hello\n\n")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for err == nil {
		if err = out.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.cfg.Done:
			return
		case <-beat.C:
			if _, err := s.actor(w, r); err != nil {
				return // signed out, or disabled, since
			}
			_, err = fmt.Fprint(w, ": still here\n\n")
		case ev := <-events:
			var data []byte
			if data, err = json.Marshal(ev); err == nil {
				_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", ev.Kind, data)
			}
		}
	}
}
