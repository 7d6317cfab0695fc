// What was chosen last in the palette, the newest first: ids alone, so that no
// name of a person stays in the browser.

const KEY = "fettle.palette";
const most = 6;

type Store = Pick<Storage, "getItem" | "setItem">;

export function recent(store: Store = localStorage): string[] {
  try {
    const list: unknown = JSON.parse(store.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.filter((id) => typeof id === "string").slice(0, most) : [];
  } catch {
    return [];
  }
}

export function remember(id: string, store: Store = localStorage) {
  try {
    store.setItem(KEY, JSON.stringify([id, ...recent(store).filter((r) => r !== id)].slice(0, most)));
  } catch {
    // a browser that keeps nothing
  }
}
