/** The key of commands on this machine, as it stands before another: ⌘K, Ctrl K. */
export const command = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "") ? "⌘" : "Ctrl ";
