import type { Schemas } from "../../api/client";

type Role = Schemas["UserView"]["role"];

/** A role, or that of an editor whom an admin lets spend. */
export type Standing = Role | "spender";

export const roles: { value: Standing; label: string }[] = [
  { value: "viewer", label: "Viewer" },
  { value: "editor", label: "Editor" },
  { value: "spender", label: "Editor who may spend" },
  { value: "admin", label: "Admin" },
];

/** How a person or a token stands. */
export const standingOf = (of: { role: Role; may_spend: boolean }): Standing =>
  of.role === "editor" && of.may_spend ? "spender" : of.role;

/** What is sent for it. */
export const asked = (s: Standing) => ({ role: s === "spender" ? ("editor" as const) : s, may_spend: s === "spender" });
