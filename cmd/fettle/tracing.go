package main

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/internal/safehttp"
	"fettle/internal/trace"
	"fettle/provider"
	worker "fettle/run"
)

// trace sends traces where OTEL_EXPORTER_OTLP_ENDPOINT says, until told to stop;
// without it nothing is traced. The variables are OpenTelemetry's own.
func (s *session) trace(ctx context.Context) (stop func(), err error) {
	cfg, err := s.traceConfig()
	if err != nil || cfg.URL == "" {
		return func() {}, err
	}
	s.tracer = trace.New(cfg)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.tracer.Run(ctx)
	}()
	s.log.InfoContext(ctx, "traces are sent", "to", cfg.URL)
	return func() {
		cancel()
		<-ended
	}, nil
}

func (s *session) traceConfig() (cfg trace.Config, err error) {
	at, whole := s.getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), s.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	if at == "" && whole == "" || strings.EqualFold(s.getenv("OTEL_SDK_DISABLED"), "true") || s.getenv("OTEL_TRACES_EXPORTER") == "none" {
		return trace.Config{}, nil
	}
	name := "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	if whole == "" {
		name, whole = "OTEL_EXPORTER_OTLP_ENDPOINT", strings.TrimRight(at, "/")+"/v1/traces"
	}
	u, err := url.Parse(whole)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return cfg, fettle.Errorf(fettle.Invalid, "%s is no address of a collector", name).WithHint("Write it as http://127.0.0.1:4318.")
	}
	if p := cmp.Or(s.getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), s.getenv("OTEL_EXPORTER_OTLP_PROTOCOL")); p == "grpc" {
		return cfg, fettle.Errorf(fettle.Invalid, "traces are sent over HTTP, and OTEL_EXPORTER_OTLP_PROTOCOL asks for grpc").WithHint("Collectors take HTTP at port 4318: set it to http/json.")
	}
	cfg = trace.Config{URL: whole, Log: s.log, Resource: map[string]string{"service.name": "fettle", "service.version": versionNow()}}
	for _, from := range []struct {
		name string
		into *map[string]string
	}{{"OTEL_RESOURCE_ATTRIBUTES", &cfg.Resource}, {"OTEL_EXPORTER_OTLP_HEADERS", &cfg.Headers}, {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", &cfg.Headers}} {
		text, err := s.secret(from.name)
		if err == nil {
			err = pairsInto(from.into, text)
		}
		if err != nil {
			return cfg, fettle.Errorf(fettle.Invalid, "%s: %w", from.name, err).WithHint("Write it as KEY=VALUE,KEY=VALUE; what is special in a value as %%20.")
		}
	}
	cfg.Resource["service.name"] = cmp.Or(s.getenv("OTEL_SERVICE_NAME"), cfg.Resource["service.name"])
	if cfg.Ratio, err = s.traceRatio(); err != nil {
		return cfg, err
	}
	patience := 10 * time.Second
	if ms, err := strconv.Atoi(cmp.Or(s.getenv("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"), s.getenv("OTEL_EXPORTER_OTLP_TIMEOUT"))); err == nil && ms > 0 {
		patience = time.Duration(ms) * time.Millisecond
	}
	// Whoever runs Fettle names the collector: it may be at a private address.
	if cfg.Client, err = safehttp.NewClient(safehttp.Options{Allow: append(slices.Clip(s.AllowHost), u.Host), Timeout: patience}); err != nil {
		return cfg, fettle.Errorf(fettle.Invalid, "%w", err)
	}
	return cfg, nil
}

// traceRatio is which share of the traces that begin here is told.
func (s *session) traceRatio() (float64, error) {
	switch sampler := strings.TrimPrefix(s.getenv("OTEL_TRACES_SAMPLER"), "parentbased_"); sampler {
	case "", "always_on":
		return 1, nil
	case "always_off":
		return 0, nil
	case "traceidratio":
		share, err := strconv.ParseFloat(cmp.Or(s.getenv("OTEL_TRACES_SAMPLER_ARG"), "1"), 64)
		if err != nil || share < 0 || share > 1 {
			return 0, fettle.Errorf(fettle.Invalid, "OTEL_TRACES_SAMPLER_ARG is no share").WithHint("Write a number from 0 to 1, such as 0.1.")
		}
		return share, nil
	default:
		return 0, fettle.Errorf(fettle.Invalid, "OTEL_TRACES_SAMPLER %s is not known here", sampler).WithHint("Set it to always_on, always_off or traceidratio, each also with parentbased_ before it.")
	}
}

// pairsInto reads KEY=VALUE,KEY=VALUE.
func pairsInto(into *map[string]string, text string) error {
	if text == "" {
		return nil
	}
	if *into == nil {
		*into = map[string]string{}
	}
	for pair := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if key = strings.TrimSpace(key); !ok || key == "" || err != nil {
			return fettle.Errorf(fettle.Invalid, "a pair has no key, no = or no value that can be read")
		}
		(*into)[key] = value
	}
	return nil
}

// watch has the metrics told what a worker does, and whoever takes traces: names of
// ours and numbers, and nothing of a record.
func (s *session) watch() worker.Watch {
	w := s.metrics.Watch()
	if s.tracer == nil {
		return w
	}
	count := w.Called
	w.Claimed = func(ctx context.Context, enrichment string, calls, rows int, began time.Time) func(context.Context) context.Context {
		_, span := s.tracer.Begin(ctx, began)
		span.End("claim", trace.Internal, "", trace.Attr{Key: "fettle.enrichment", Text: enrichment}, trace.Attr{Key: "fettle.calls", Number: int64(calls)},
			trace.Attr{Key: "fettle.rows", Number: int64(rows)})
		return span.Above
	}
	w.Called = func(ctx context.Context, name, operation string, outcome provider.Outcome, took time.Duration) {
		count(ctx, name, operation, outcome, took)
		_, span := s.tracer.Begin(ctx, time.Now().Add(-took))
		failed := ""
		if outcome != provider.Found && outcome != provider.NotFound {
			failed = string(outcome)
		}
		span.End("call "+operation, trace.Client, failed, trace.Attr{Key: "fettle.provider", Text: name}, trace.Attr{Key: "fettle.operation", Text: operation},
			trace.Attr{Key: "fettle.outcome", Text: string(outcome)})
	}
	return w
}
