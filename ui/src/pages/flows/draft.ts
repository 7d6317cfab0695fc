import type { Destination } from "../../api/queries/flows";

/** A destination as its form has it. */
export type Draft = {
  label: string;
  /** A service that comes with the product, or `other`. */
  to: string;
  audience: string;
  id: string;
  fields: { property: string; value: string }[];
  on: string[];
  write: string;
  web: Web;
  /** How it is reached, where a document says it in words that this form does not have. */
  kept?: Destination["http"];
};

/** How an address of one's own takes a record. */
export type Web = { address: string; method: string; auth: "none" | "bearer" | "header"; header: string };

export type Body = Pick<Destination, "to" | "http" | "audience" | "id" | "fields" | "on" | "write">;

export const other = "other";

const web: Web = { address: "", method: "POST", auth: "bearer", header: "X-Api-Key" };

/** What a form begins with. */
export const begin = (to: string): Draft => ({
  label: "",
  to,
  audience: "",
  id: "external_id",
  fields: [{ property: "", value: "" }],
  on: ["entered", "changed"],
  write: to === other ? "overwrite" : "blanks_only",
  web,
});

/** A destination as it stands, in its form. */
export function draftOf(of: Destination): Draft {
  const read = of.http && webOf(of.http);
  return {
    label: of.label,
    to: of.to ?? other,
    audience: of.audience,
    id: of.id,
    fields: Object.entries(of.fields).map(([property, value]) => ({ property, value })),
    on: of.on,
    write: of.write,
    web: read ?? web,
    kept: read ? undefined : of.http,
  };
}

/** What a form sends. */
export function bodyOf(d: Draft): Body {
  const fields: Record<string, string> = {};
  for (const f of d.fields) if (f.property.trim() && f.value.trim()) fields[f.property.trim()] = f.value.trim();
  const what = { audience: d.audience, id: d.id.trim(), fields, on: d.on, write: d.write };
  return d.to === other ? { http: d.kept ?? httpOf(d.web), ...what } : { to: d.to, ...what };
}

/** What a form still needs before it can be sent, by its field; the first of them is shown there. */
export function missing(d: Draft): { key: string; text: string } | undefined {
  if (!d.label.trim()) return { key: "label", text: "Give it a name." };
  if (d.to === other && !d.kept) {
    if (!/^https?:\/\/[^/\s]+/.test(d.web.address.trim()))
      return { key: "http", text: "Write an address, such as https://in.acme.example/people." };
    if (d.web.auth === "header" && !d.web.header.trim()) return { key: "http.header", text: "Name the header." };
  }
  if (!d.audience) return { key: "audience", text: "Choose whose records are sent." };
  if (d.on.length === 0) return { key: "on", text: "Choose at least one." };
  if (!d.id.trim()) return { key: "id", text: "Choose the field that holds its id there." };
  const half = d.fields.findIndex((f) => Boolean(f.property.trim()) !== Boolean(f.value.trim()));
  if (half >= 0) return { key: `fields.${half}`, text: "Name both: what is set there, and from which field." };
  const names = d.fields.map((f) => f.property.trim()).filter(Boolean);
  const twice = names.findIndex((n, i) => names.indexOf(n) !== i);
  if (twice >= 0) return { key: `fields.${twice}`, text: `${names[twice]} is set twice.` };
  return names.length === 0 ? { key: "fields.0", text: "Say what is set there." } : undefined;
}

/** An address of one's own in the words of a destination: a record is a request, by its id and what is set. */
export function httpOf(of: Web): NonNullable<Destination["http"]> {
  const [, base = "", path = ""] = /^(https?:\/\/[^/]+)(.*)$/.exec(of.address.trim()) ?? [];
  const auth = { none: { type: "none" }, bearer: { type: "bearer" }, header: headerOf(of.header) }[of.auth];
  return {
    server: { base_url: base },
    auth,
    limits: { policies: [{ id: "second", requests: 10, per: "1s" }] },
    write: {
      request: {
        method: of.method,
        path: (path || "/").replaceAll("{id}", "{{input.id}}"),
        body: { id: "{{input.id}}", fields: "{{input.fields}}" },
      },
      idempotency: { mode: "key" },
    },
  };
}

const headerOf = (name: string) => ({ type: "api_key", in: "header", name: name.trim() });

type Http = {
  server?: { base_url?: string };
  auth?: { type?: string; name?: string };
  write?: { request?: { method?: string; path?: string } };
};

/** The same back; undefined where it says more than the form does. */
function webOf(http: NonNullable<Destination["http"]>): Web | undefined {
  const { server, auth, write } = http as Http;
  const request = write?.request;
  const of: Web = {
    address: `${server?.base_url ?? ""}${(request?.path ?? "").replaceAll("{{input.id}}", "{id}")}`,
    method: request?.method ?? "",
    auth: auth?.type === "api_key" ? "header" : auth?.type === "bearer" ? "bearer" : "none",
    header: auth?.name ?? web.header,
  };
  return same(httpOf(of), http) ? of : undefined;
}

/** Whether two say the same, in whatever order. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return a === b;
  const [x, y] = [Object.entries(a), b as Record<string, unknown>];
  return x.length === Object.keys(b).length && x.every(([k, v]) => same(v, y[k]));
}
