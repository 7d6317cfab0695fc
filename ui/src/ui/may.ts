import type { Schemas } from "../api/client";

/** What roles differ in: changing what is there, what spends, and who may. */
export type Deed = "edit" | "spend" | "rule";

type Who = Pick<Schemas["Status"], "role" | "may_spend">;

/**
 * Why someone may not, as the server would refuse it. Viewers see; editors
 * define, estimate, try and pause; admins and editors whom one lets spend start,
 * raise, grant, resolve and edit keys and prices; people, tokens, limits of
 * persons and where a key is sent are the admins' alone.
 */
export function whyNot(who: Who | undefined, to: Deed): string | undefined {
  if (!who) return undefined;
  if (to === "edit" && who.role === "viewer") return "You have view access. Ask an admin to make you an editor.";
  if (to === "spend" && !who.may_spend) return "Only admins, and editors who may spend, can do this.";
  if (to === "rule" && who.role !== "admin") return "Only an admin can do this.";
  return undefined;
}
