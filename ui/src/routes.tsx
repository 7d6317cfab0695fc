import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { code } from "./api/code";
import { kinds, type UndoOf } from "./api/queries/undo";
import { begin } from "./begin";
import { AppShell } from "./shell/AppShell";
import { NotFoundPage, RouteError } from "./shell/RouteError";
import { Waiting } from "./ui/Waiting";

// Every address of the app. What a page shows beyond its path is in the search
// parameters, so that a link holds it.

type Search = Record<string, unknown>;
const text = (v: unknown) => (typeof v === "string" && v !== "" ? v : undefined);
const number = (v: unknown) => (Number.isInteger(Number(v)) && Number(v) > 0 ? Number(v) : undefined);
const oneOf = <T extends string>(v: unknown, ...known: T[]) => known.find((k) => k === v);
const flag = (v: unknown) => (v === true || v === "true" ? true : undefined);
const entity = (v: unknown) => (v === "companies" ? ("companies" as const) : undefined);

const root = createRootRoute({ component: AppShell, notFoundComponent: NotFoundPage });

export type HubSearch = { audience?: string; with?: string; field?: string; entity?: "companies"; day?: string };
export type GridSearch = {
  where?: string;
  search?: string;
  sort?: string;
  desc?: boolean;
  /** By what the rows are put together: title, filled:title or status:email. */
  group?: string;
  /** The open group: "blank", or = and its value. */
  open?: string;
  record?: number;
  /** What of the record to begin with. */
  at?: "history";
  /** The row of the list that it is in, from 1. */
  row?: number;
  field?: string;
  /** A saved view, by its id. */
  view?: number;
  new?: boolean;
};
/** The list that a record's page was opened from, and what of it is shown. */
export type RecordPageSearch = {
  in?: string;
  where?: string;
  search?: string;
  sort?: string;
  desc?: boolean;
  row?: number;
  tab?: "history" | "calls";
};
export type EnrichmentSearch = { tab?: string; outcome?: string; reason?: string; state?: string; act?: string };
export type CreditsSearch = {
  tab?: string;
  group?: string;
  enrichment?: string;
  version?: number;
  provider?: string;
  model?: string;
  cause?: string;
  kind?: string;
  record?: number;
  from?: string;
  to?: string;
  window?: string;
};

const hubSearch = (s: Search): HubSearch => ({
  audience: text(s.audience),
  with: text(s.with),
  field: text(s.field),
  entity: entity(s.entity),
  day: text(s.day),
});
const gridSearch = (s: Search): GridSearch => ({
  where: text(s.where),
  search: text(s.search),
  sort: text(s.sort),
  desc: flag(s.desc),
  group: text(s.group),
  open: text(s.open),
  record: number(s.record),
  at: s.at === "history" ? s.at : undefined,
  row: number(s.row),
  field: text(s.field),
  view: number(s.view),
  new: flag(s.new),
});

const hub = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: hubSearch,
  loaderDeps: ({ search }) => ({ audience: search.audience, entity: search.entity, day: search.day }),
  loader: ({ deps }) => begin.hub(deps),
  component: lazyRouteComponent(
    code(() => import("./pages/hub/HubPage")),
    "HubPage",
  ),
});
const people = createRoute({
  getParentRoute: () => root,
  path: "/people",
  validateSearch: gridSearch,
  loader: () => begin.records("people"),
  component: lazyRouteComponent(
    code(() => import("./pages/records/RecordsPage")),
    "PeoplePage",
  ),
});
const companies = createRoute({
  getParentRoute: () => root,
  path: "/companies",
  validateSearch: gridSearch,
  loader: () => begin.records("companies"),
  component: lazyRouteComponent(
    code(() => import("./pages/records/RecordsPage")),
    "CompaniesPage",
  ),
});
const recordSearch = (s: Search): RecordPageSearch => ({
  in: text(s.in),
  where: text(s.where),
  search: text(s.search),
  sort: text(s.sort),
  desc: flag(s.desc),
  row: number(s.row),
  tab: s.tab === "history" || s.tab === "calls" ? s.tab : undefined,
});
const person = createRoute({
  getParentRoute: () => root,
  path: "/people/$id",
  validateSearch: recordSearch,
  loader: ({ params }) => begin.record(params.id),
  component: lazyRouteComponent(
    code(() => import("./pages/records/page/RecordPage")),
    "PersonPage",
  ),
});
const company = createRoute({
  getParentRoute: () => root,
  path: "/companies/$id",
  validateSearch: recordSearch,
  loader: ({ params }) => begin.record(params.id),
  component: lazyRouteComponent(
    code(() => import("./pages/records/page/RecordPage")),
    "CompanyPage",
  ),
});
const audiences = createRoute({
  getParentRoute: () => root,
  path: "/audiences",
  loader: () => begin.audiences(),
  component: lazyRouteComponent(
    code(() => import("./pages/audiences/AudiencesPage")),
    "AudiencesPage",
  ),
});
const newAudience = createRoute({
  getParentRoute: () => root,
  path: "/audiences/new",
  validateSearch: (s: Search): { entity?: "companies"; where?: string } => ({
    entity: entity(s.entity),
    where: text(s.where),
  }),
  component: lazyRouteComponent(
    code(() => import("./pages/audiences/AudienceEditor")),
    "NewAudiencePage",
  ),
});
const audience = createRoute({
  getParentRoute: () => root,
  path: "/audiences/$name",
  validateSearch: (s: Search): GridSearch & { tab?: string } => ({
    ...gridSearch(s),
    tab: oneOf(s.tab, "members", "filter", "why", "moves", "overlap", "used"),
  }),
  loader: ({ params }) => begin.audience(params.name),
  component: lazyRouteComponent(
    code(() => import("./pages/audiences/AudiencePage")),
    "AudiencePage",
  ),
});
export type SignalsSearch = {
  tab?: "rules";
  of?: "people" | "companies";
  type?: string;
  kind?: string;
  rule?: string;
  audience?: string;
  since?: string;
  retracted?: boolean;
  record?: number;
};
const signals = createRoute({
  getParentRoute: () => root,
  path: "/signals",
  validateSearch: (s: Search): SignalsSearch => ({
    tab: s.tab === "rules" ? "rules" : undefined,
    of: s.of === "people" || s.of === "companies" ? s.of : undefined,
    type: text(s.type),
    kind: text(s.kind),
    rule: text(s.rule),
    audience: text(s.audience),
    since: text(s.since),
    retracted: flag(s.retracted),
    record: number(s.record),
  }),
  component: lazyRouteComponent(
    code(() => import("./pages/signals/SignalsPage")),
    "SignalsPage",
  ),
});
const enrichments = createRoute({
  getParentRoute: () => root,
  path: "/enrichments",
  loader: () => begin.enrichments(),
  component: lazyRouteComponent(
    code(() => import("./pages/enrichments/EnrichmentsPage")),
    "EnrichmentsPage",
  ),
});
const newEnrichment = createRoute({
  getParentRoute: () => root,
  path: "/enrichments/new",
  validateSearch: (s: Search): { field?: string; audience?: string; entity?: "companies" } => ({
    field: text(s.field),
    audience: text(s.audience),
    entity: entity(s.entity),
  }),
  component: lazyRouteComponent(
    code(() => import("./pages/enrichments/editor/EditorPage")),
    "NewEnrichmentPage",
  ),
});
const enrichment = createRoute({
  getParentRoute: () => root,
  path: "/enrichments/$name",
  validateSearch: (s: Search): EnrichmentSearch => ({
    tab: oneOf(s.tab, "overview", "start", "backtest", "rows", "runs", "limit", "journal", "versions"),
    outcome: text(s.outcome),
    reason: text(s.reason),
    state: text(s.state),
    act: text(s.act),
  }),
  loader: ({ params }) => begin.enrichment(params.name),
  component: lazyRouteComponent(
    code(() => import("./pages/enrichments/EnrichmentPage")),
    "EnrichmentPage",
  ),
});
const editEnrichment = createRoute({
  getParentRoute: () => root,
  path: "/enrichments/$name/edit",
  component: lazyRouteComponent(
    code(() => import("./pages/enrichments/editor/EditorPage")),
    "EditEnrichmentPage",
  ),
});
const credits = createRoute({
  getParentRoute: () => root,
  path: "/credits",
  validateSearch: (s: Search): CreditsSearch => ({
    tab: oneOf(s.tab, "spend", "journal", "unknown", "limits", "requests"),
    group: text(s.group),
    enrichment: text(s.enrichment),
    version: number(s.version),
    provider: text(s.provider),
    model: text(s.model),
    cause: text(s.cause),
    kind: text(s.kind),
    record: number(s.record),
    from: text(s.from),
    to: text(s.to),
    window: text(s.window),
  }),
  loader: () => begin.credits(),
  component: lazyRouteComponent(
    code(() => import("./pages/credits/CreditsPage")),
    "CreditsPage",
  ),
});
const imports = createRoute({
  getParentRoute: () => root,
  path: "/import",
  validateSearch: (s: Search): { entity?: "companies"; id?: number } => ({
    entity: entity(s.entity),
    id: number(s.id),
  }),
  component: lazyRouteComponent(
    code(() => import("./pages/import/ImportPage")),
    "ImportPage",
  ),
});
export type ReviewSearch = { entity?: "companies"; state?: "later" | "apart" };
const review = createRoute({
  getParentRoute: () => root,
  path: "/review",
  validateSearch: (s: Search): ReviewSearch => ({
    entity: entity(s.entity),
    state: s.state === "later" || s.state === "apart" ? s.state : undefined,
  }),
  component: lazyRouteComponent(
    code(() => import("./pages/duplicates/ReviewPage")),
    "ReviewPage",
  ),
});
const answers = createRoute({
  getParentRoute: () => root,
  path: "/review/answers",
  validateSearch: (s: Search): { state?: "accepted" | "rejected"; enrichment?: string } => ({
    state: oneOf(s.state, "accepted", "rejected"),
    enrichment: text(s.enrichment),
  }),
  component: lazyRouteComponent(
    code(() => import("./pages/strangers/AnswersPage")),
    "AnswersPage",
  ),
});
const undo = createRoute({
  getParentRoute: () => root,
  path: "/undo",
  validateSearch: (s: Search): UndoOf => ({
    kind: kinds.find((k) => k === s.kind),
    by: text(s.by),
    since: text(s.since),
    until: text(s.until),
  }),
  component: lazyRouteComponent(
    code(() => import("./pages/undo/UndoPage")),
    "UndoPage",
  ),
});
const flows = createRoute({
  getParentRoute: () => root,
  path: "/flows",
  component: lazyRouteComponent(
    code(() => import("./pages/flows/FlowsPage")),
    "FlowsPage",
  ),
});
const providers = createRoute({
  getParentRoute: () => root,
  path: "/providers",
  validateSearch: (s: Search): { provider?: string } => ({ provider: text(s.provider) }),
  component: lazyRouteComponent(
    code(() => import("./pages/providers/ProvidersPage")),
    "ProvidersPage",
  ),
});
const definition = createRoute({
  getParentRoute: () => root,
  path: "/providers/definition",
  validateSearch: (s: Search): { of?: string } => ({ of: text(s.of) }),
  component: lazyRouteComponent(
    code(() => import("./pages/providers/definition/DefinitionPage")),
    "DefinitionPage",
  ),
});
const notifications = createRoute({
  getParentRoute: () => root,
  path: "/notifications",
  component: lazyRouteComponent(
    code(() => import("./pages/notifications/NotificationsPage")),
    "NotificationsPage",
  ),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  validateSearch: (s: Search): { tab?: "people" | "tokens" | "channels" | "activity" } => ({
    tab: oneOf(s.tab, "people", "tokens", "channels", "activity"),
  }),
  component: lazyRouteComponent(
    code(() => import("./pages/settings/SettingsPage")),
    "SettingsPage",
  ),
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: lazyRouteComponent(
    code(() => import("./pages/signin/SignInPage")),
    "SignInPage",
  ),
});

export const router = createRouter({
  routeTree: root.addChildren([
    hub,
    people,
    companies,
    person,
    company,
    audiences,
    newAudience,
    audience,
    signals,
    flows,
    enrichments,
    newEnrichment,
    enrichment,
    editEnrichment,
    credits,
    imports,
    review,
    answers,
    undo,
    providers,
    definition,
    notifications,
    settings,
    signIn,
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: Waiting, // of a page whose code is not here yet, as while the server is down
  defaultErrorComponent: RouteError,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: true,
  scrollToTopSelectors: [pageTop()],
});

/** What begins at its top on another page: the router knows the window alone, and here the page scrolls inside of it. */
function pageTop() {
  let was = "";
  return () => {
    const other = window.location.pathname !== was;
    was = window.location.pathname;
    return other ? document.getElementById("main") : null;
  };
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
