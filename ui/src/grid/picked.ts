// Which rows are picked: some by their ids, or all that the query shows but some. So
// a hundred thousand are picked without a list of them.

export type Picked = { all: boolean; ids: ReadonlySet<number> };

export const nonePicked: Picked = { all: false, ids: new Set() };
export const allPicked: Picked = { all: true, ids: new Set() };

/** The server takes as many ids in one request. */
export const mostPicked = 10_000;

export const isPicked = (p: Picked, id: number) => p.all !== p.ids.has(id);

/** Picks records, or lets them go. */
export function pick(p: Picked, ids: readonly number[], on: boolean): Picked {
  const next = new Set(p.ids);
  for (const id of ids) {
    if (on !== p.all) next.add(id);
    else next.delete(id);
  }
  return { all: p.all, ids: next };
}

/** How many are picked, of as many as the query shows. */
export const pickedCount = (p: Picked, shown: number) => (p.all ? Math.max(0, shown - p.ids.size) : p.ids.size);

/** The choice as the API takes it. */
export function choiceOf(
  p: Picked,
  of: { entity?: "people" | "companies"; audience?: string; where?: string; search?: string },
) {
  if (!p.all) return { ids: [...p.ids] };
  return {
    ...(of.audience ? { audience: of.audience } : { entity: of.entity }),
    where: of.where,
    search: of.search,
    except: p.ids.size > 0 ? [...p.ids] : undefined,
  };
}
