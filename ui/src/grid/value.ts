import type { Schemas } from "../api/client";

type Type = Schemas["Field"]["type"];

/** A value as a cell shows and copies it. */
export function valueText(v: unknown): string {
  if (v === null || v === undefined) return "";
  if (typeof v === "object") return JSON.stringify(v);
  return String(v);
}

/** What a cell shows: numbers with separators, times without seconds. */
export function shownText(type: Type, v: unknown, currency = ""): string {
  if (type === "number" && typeof v === "number") return v.toLocaleString("en-US", { maximumFractionDigits: 6 });
  if (type === "currency" && typeof v === "number") return amountText(v, currency);
  if (type === "multi_select" && typeof v === "string") return v.replaceAll(";", ", ");
  if (type === "timestamp" && typeof v === "string") return v.slice(0, 16).replace("T", " ");
  if (type === "boolean" && typeof v === "boolean") return v ? "Yes" : "No";
  if (type === "linkedin" && typeof v === "string") return v.replace(/^https?:\/\/(www\.)?/, "");
  return valueText(v);
}

/** An amount with its currency; what is no currency's code stands behind it. */
function amountText(v: number, currency: string): string {
  try {
    return v.toLocaleString("en-US", { style: "currency", currency });
  } catch {
    return `${v.toLocaleString("en-US", { maximumFractionDigits: 6 })} ${currency}`.trim();
  }
}

/** What was typed, as the API takes it; empty clears. The server checks the rest. */
export function typedValue(type: Type, text: string): unknown {
  const t = text.trim();
  if (t === "") return null;
  if (type === "number" || type === "currency") {
    const n = Number(t.replaceAll(",", ""));
    return Number.isFinite(n) ? n : t;
  }
  if (type === "boolean") {
    if (/^(true|yes|y|1)$/i.test(t)) return true;
    if (/^(false|no|n|0)$/i.test(t)) return false;
    return t;
  }
  if (type === "json") {
    try {
      return JSON.parse(t);
    } catch {
      return t;
    }
  }
  return text;
}

/** Where a value leads, if it is an address. */
export function linkOf(type: Type, v: unknown): string | null {
  if (typeof v !== "string" || v === "") return null;
  if (type === "email") return `mailto:${v}`;
  if (type === "phone") return `tel:${v}`;
  if (type === "domain") return `https://${v}`;
  if ((type === "url" || type === "linkedin") && /^https?:\/\//.test(v)) return v;
  if (type === "linkedin") return `https://${v}`;
  return null;
}
