/** Why a sign-in at the issuer came to nothing, and what to do next. */
export type TurnedAway = { title: string; hint: string };

const reasons: Record<string, (issuer: string) => TurnedAway> = {
  denied: (issuer) => ({
    title: `${issuer} did not let you through.`,
    hint: "You cancelled, or you may not use Fettle there. Try again, or ask whoever looks after it.",
  }),
  expired: () => ({
    title: "That attempt to sign in is no longer valid.",
    hint: "It took longer than ten minutes, was begun in another browser, or was used before. Begin again.",
  }),
  unverified: (issuer) => ({
    title: `${issuer} has not verified your email.`,
    hint: "Verify it there, then try again.",
  }),
  stranger: () => ({
    title: "You have no account here.",
    hint: "Ask an admin to invite you, by the email that you signed in with.",
  }),
  disabled: () => ({ title: "Your account is disabled.", hint: "Ask an admin to let you in again." }),
  taken: (issuer) => ({
    title: `The account with your email belongs to someone else at ${issuer}.`,
    hint: "If it is to be yours, an admin unlinks it under Settings, People.",
  }),
  limited: () => ({ title: "Too many tries to sign in.", hint: "Try again in a quarter of an hour." }),
  unavailable: (issuer) => ({
    title: `${issuer} does not answer.`,
    hint: "Try again in a moment, or sign in with a password meanwhile.",
  }),
  failed: (issuer) => ({
    title: `What ${issuer} answered was not taken.`,
    hint: "Try again. If it stays, the server's log says why.",
  }),
};

/** Reads it from behind the # of the sign-in page: a name that is known here, never a text. */
export function readTurnedAway(hash: string, issuer?: string): TurnedAway | null {
  const name = new URLSearchParams(hash.replace(/^#/, "")).get("error") ?? "";
  const reason = Object.hasOwn(reasons, name) ? reasons[name] : undefined;
  return reason ? reason(issuer || "The issuer") : null;
}
