export type LinkKind = "invite" | "reset" | "local";

/** What stands behind the # of a link: browsers do not send it to the server. */
export function readLink(hash: string): { kind: LinkKind; secret: string } | null {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  for (const kind of ["invite", "reset", "local"] as const) {
    const secret = parts.get(kind);
    if (secret) return { kind, secret };
  }
  return null;
}

/** The fewest characters of a password; the server holds it too. */
export const minPassword = 10;

/** Why the new password cannot be taken yet, or "". */
export function passwordProblem(password: string, again: string): string {
  if ([...password].length < minPassword) return `At least ${minPassword} characters.`;
  return password === again ? "" : "The two are not the same.";
}
