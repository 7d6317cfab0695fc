/** A command of the terminal, or a flag of one, in the brackets that the server puts it into after the act in words. */
const typed = / ?\([^()]*(?:\bfettle [a-z]|--[a-z])[^()]*\)/g;

/** What the server says, without what only a terminal takes: the act in words stays. */
export const spoken = (text: string) => text.replace(typed, "");

/** A text as a sentence: with a capital at its beginning and a full stop. */
export const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?$/, ".")}`;
