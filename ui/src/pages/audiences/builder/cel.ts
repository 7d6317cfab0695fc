import { type Token, tokens } from "./tokens";
import { type Clause, emptyGroup, type Group, type Node, type Op, opsOf, type Readable } from "./tree";

// The builder's tree as CEL, and CEL as the builder's tree. The server has the
// last word on what an expression means; here only the forms are known that
// the builder can show. Anything else is kept as it was written.

// ——— writing

/** A text as CEL writes it. */
export const quote = (s: string) =>
  `"${s.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r")}"`;

type Types = (field: string) => Readable["type"] | undefined;

function literal(type: Readable["type"] | undefined, value: string): string {
  const v = value.trim();
  if (type === "number" || type === "currency") return v;
  if (type === "date") return `date(${quote(v)})`;
  if (type === "timestamp") return /^\d{4}-\d\d-\d\d$/.test(v) ? `date(${quote(v)})` : `timestamp(${quote(v)})`;
  return quote(value);
}

const signs: Partial<Record<Op, string>> = {
  is: "==",
  is_not: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
  before: "<",
  after: ">=",
};
const calls: Partial<Record<Op, string>> = {
  contains: "contains",
  not_contains: "contains",
  starts: "startsWith",
  ends: "endsWith",
};

function writeClause(c: Clause, types: Types): string {
  switch (c.op) {
    case "filled":
    case "blank":
      return `${c.op}(${c.field})`;
    case "true":
    case "false":
      return `${c.field} == ${c.op}`;
    case "any_of":
      return `${c.field} in [${c.values.map(quote).join(", ")}]`;
    case "within":
      return `within(${c.field}, ${quote(c.value)})`;
    case "older":
      return `${c.field} < now - duration(${quote(c.value)})`;
    case "from":
      return `source(${c.field}) == ${quote(c.value)}`;
    case "not_from":
      return `source(${c.field}) != ${quote(c.value)}`;
    case "from_like":
      return `source(${c.field}).contains(${quote(c.value)})`;
    case "contains":
    case "starts":
    case "ends":
      return `${c.field}.${calls[c.op]}(${quote(c.value)})`;
    case "not_contains":
      return `!${c.field}.contains(${quote(c.value)})`;
    default:
      return `${c.field} ${signs[c.op]} ${literal(types(c.field), c.value)}`;
  }
}

/** The tree as CEL; "" for every record. */
export function write(root: Group, types: Types): string {
  return root.items.length === 0 ? "" : writeGroup(root, types, true);
}

function writeGroup(g: Group, types: Types, outer: boolean): string {
  const sign = g.join === "and" ? " && " : " || ";
  const alone = g.items.length === 1;
  const parts = g.items.map((n) => writeNode(n, types, alone && !g.not));
  const text = parts.join(sign);
  if (g.not) return `!(${text})`;
  return outer || alone ? text : `(${text})`;
}

function writeNode(n: Node, types: Types, outer: boolean): string {
  if (n.kind === "clause") return writeClause(n, types);
  if (n.kind === "group") return n.items.length === 0 ? "true" : writeGroup(n, types, outer);
  const bare = tokens(n.text);
  const simple = outer || bare === null || !bare.some((t) => t.text === "||" || t.text === "&&" || t.text === "?");
  return simple ? n.text : `(${n.text})`;
}

// ——— reading

/** The tree of an expression, or null for text that cannot be read here. */
export function read(text: string, types: Types): Group | null {
  if (text.trim() === "") return emptyGroup();
  const list = tokens(text);
  if (!list) return null;
  const r = new Reader(text, list, types);
  const node = r.either();
  if (!node || !r.ended()) return null;
  return node.kind === "group" ? node : { ...emptyGroup(), items: [node] };
}

class Reader {
  private i = 0;
  private readonly text: string;
  private readonly list: Token[];
  private readonly types: Types;

  constructor(text: string, list: Token[], types: Types) {
    this.text = text;
    this.list = list;
    this.types = types;
  }

  ended = () => this.now().kind === "end";

  either = (): Node | null => this.joined("||", "or", () => this.joined("&&", "and", this.unary));

  /** The token to be read; at and beyond the last it is the end. */
  private now = (): Token => this.list[Math.min(this.i, this.list.length - 1)] as Token;
  private sign = (s: string) => this.now().kind === "sign" && this.now().text === s;

  private take(s: string): boolean {
    if (!this.sign(s)) return false;
    this.i++;
    return true;
  }

  private joined(sign: string, join: Group["join"], part: () => Node | null): Node | null {
    const items: Node[] = [];
    do {
      const n = part();
      if (!n) return null;
      items.push(n);
    } while (this.take(sign));
    return items.length === 1 ? (items[0] as Node) : { kind: "group", join, not: false, items };
  }

  private unary = (): Node | null => {
    const from = this.i;
    if (this.take("!")) {
      const inner = this.unary();
      if (inner) return negated(inner);
      this.i = from;
      return this.raw();
    }
    if (this.sign("(")) {
      this.i++;
      const n = this.either();
      // "(a || b)" is a group; "(a + b) > 3" is not one of ours.
      if (n && this.take(")") && this.atBoundary()) return n;
      this.i = from;
      return this.raw();
    }
    const c = this.clause();
    if (c && this.atBoundary()) return c;
    this.i = from;
    return this.raw();
  };

  private atBoundary = () => this.ended() || this.sign("&&") || this.sign("||") || this.sign(")");

  /** Everything up to the end of this operand, as it was written. */
  private raw(): Node | null {
    const from = this.now().from;
    let depth = 0;
    let to = from;
    for (; !this.ended(); this.i++) {
      const { kind, text } = this.now();
      const s = kind === "sign" ? text : "";
      if (depth === 0 && (s === "&&" || s === "||" || s === ")")) break;
      if (s === "?" && depth === 0) return null; // binds weaker than && and ||
      if ("([{".includes(s) && s) depth++;
      if (")]}".includes(s) && s) depth--;
      to = this.now().to;
    }
    return to > from ? { kind: "raw", text: this.text.slice(from, to) } : null;
  }

  private clause(): Clause | null {
    const name = this.now();
    if (name.kind !== "name") return null;
    const called = this.list[this.i + 1];
    if (called?.kind === "sign" && called.text === "(") return this.call(name.text);
    const field = this.field();
    if (!field) return null;
    const make = (op: Op, value = "", values: string[] = []) =>
      this.checked({ kind: "clause", field, op, value, values });
    if (this.now().kind === "name" && this.now().text === "in") {
      this.i++;
      const values = this.texts();
      return values && values.length > 0 ? make("any_of", "", values) : null;
    }
    if (this.take(".")) {
      const op = ({ contains: "contains", startsWith: "starts", endsWith: "ends" } as const)[this.now().text];
      this.i++;
      const value = this.argument();
      return op && value !== null ? make(op, value) : null;
    }
    return this.comparison(field, make);
  }

  private comparison(field: string, make: (op: Op, value?: string) => Clause | null): Clause | null {
    const sign = this.now().text;
    if (this.now().kind !== "sign") return null;
    this.i++;
    const t = this.now();
    if (t.kind === "name" && (t.text === "true" || t.text === "false") && sign === "==") {
      this.i++;
      return make(t.text);
    }
    const time = this.types(field) === "date" || this.types(field) === "timestamp";
    const ops: Record<string, Op> = time
      ? { "<": "before", ">=": "after" }
      : { "==": "is", "!=": "is_not", "<": "lt", "<=": "le", ">": "gt", ">=": "ge" };
    const op = ops[sign];
    if (time && sign === "<" && t.kind === "name" && t.text === "now") return this.longAgo(make);
    const value = time ? this.moment() : this.literal();
    return op && value !== null ? make(op, value) : null;
  }

  /** now - duration("90d"). */
  private longAgo(make: (op: Op, value?: string) => Clause | null): Clause | null {
    this.i++;
    if (!this.take("-") || this.now().text !== "duration") return null;
    this.i++;
    const span = this.argument();
    return span === null ? null : make("older", span);
  }

  /** source(f) == "x", source(f).contains("x"), once f is read. */
  private source(field: string): Clause | null {
    const make = (op: Op, value: string | null) =>
      value === null ? null : this.checked({ kind: "clause", field, op, value, values: [] });
    if (!this.take(")")) return null;
    if (this.take("==")) return make("from", this.quoted());
    if (this.take("!=")) return make("not_from", this.quoted());
    if (!this.take(".") || this.now().text !== "contains") return null;
    this.i++;
    return make("from_like", this.argument());
  }

  private quoted(): string | null {
    const t = this.now();
    this.i++;
    return t.kind === "text" ? t.text : null;
  }

  /** filled(f), blank(f), within(f, "30d"), source(f). */
  private call(name: string): Clause | null {
    this.i += 2;
    const field = this.field();
    if (!field) return null;
    if (name === "source") return this.source(field);
    if ((name === "filled" || name === "blank") && this.take(")"))
      return this.checked({ kind: "clause", field, op: name, value: "", values: [] });
    if (name !== "within" || !this.take(",")) return null;
    const t = this.now();
    this.i++;
    return t.kind === "text" && this.take(")")
      ? this.checked({ kind: "clause", field, op: "within", value: t.text, values: [] })
      : null;
  }

  /** name or company.name; only fields that there are. */
  private field(): string | null {
    const first = this.now();
    if (first.kind !== "name") return null;
    this.i++;
    let name = first.text;
    if (name === "company" && this.sign(".")) {
      this.i++;
      name += `.${this.now().text}`;
      this.i++;
    }
    return this.types(name) ? name : null;
  }

  private argument(): string | null {
    if (!this.take("(")) return null;
    const t = this.now();
    this.i++;
    return t.kind === "text" && this.take(")") ? t.text : null;
  }

  private literal(): string | null {
    const minus = this.take("-") ? "-" : "";
    const t = this.now();
    this.i++;
    if (t.kind === "number") return minus + t.text;
    return t.kind === "text" && !minus ? t.text : null;
  }

  private moment(): string | null {
    const of = this.now();
    this.i++;
    return of.kind === "name" && (of.text === "date" || of.text === "timestamp") ? this.argument() : null;
  }

  private texts(): string[] | null {
    if (!this.take("[")) return null;
    const out: string[] = [];
    while (!this.sign("]")) {
      const t = this.now();
      if (t.kind !== "text") return null;
      out.push(t.text);
      this.i++;
      if (!this.take(",") && !this.sign("]")) return null;
    }
    this.i++;
    return out;
  }

  /** A clause whose operator its field's type has. */
  private checked(c: Clause): Clause | null {
    return opsOf(this.types(c.field), c.field).includes(c.op) ? c : null;
  }
}

function negated(n: Node): Node {
  if (n.kind === "clause" && n.op === "contains") return { ...n, op: "not_contains" };
  if (n.kind === "group" && !n.not) return { ...n, not: true };
  return { kind: "group", join: "and", not: true, items: [n] };
}
