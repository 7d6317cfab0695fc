// Conditions of which some people wrote: their last lines may end with a comment.

/** A condition as a part of another. */
export const bracketed = (where: string) => (where.includes("//") ? `(${where}\n)` : `(${where})`);

/** Those that a condition holds, which may be "", and another, which stands as it is. */
export const both = (where: string | undefined, other: string) => (where ? `${bracketed(where)} && ${other}` : other);

/** Those that any of them holds; "" holds everything. */
export const anyOf = (wheres: string[]) => (wheres.includes("") ? "" : wheres.map(bracketed).join(" || "));

/** Those of one that another does not hold. */
export const without = (one: string, other: string) =>
  both(one.trim() || "true", `!${bracketed(other.trim() || "true")}`);
