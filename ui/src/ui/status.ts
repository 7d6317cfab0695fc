/** What a provider says of a value that it gives, in the API's words. */
export const statuses: Record<string, { word: string; title: string }> = {
  valid: { word: "valid", title: "The provider says that it takes mail" },
  catch_all: { word: "catch-all", title: "Its domain takes every address, so nobody can tell whether it is right" },
  risky: { word: "risky", title: "The provider says that it may bounce" },
  role: { word: "role", title: "A mailbox of a role, such as info@" },
  disposable: { word: "disposable", title: "An address that is thrown away after use" },
  unknown: { word: "unverified", title: "The provider could not tell whether it is right" },
};

/** The statuses that a step may be told to take; invalid is never a result. */
export const acceptable = Object.entries(statuses).map(([value, { word }]) => ({ value, label: word }));
