import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type SavedView, type ViewsOf, viewsQuery } from "../../api/queries/views";
import { columnsIn, lookOf, narrowedIn, sameLook } from "../../grid/look";
import { loadView, saveView, type View } from "../../grid/view";
import type { GridSearch } from "../../routes";

/**
 * How the columns lie: as in the saved view that the address names, until somebody
 * changes them; else as they were left in this browser.
 */
export function useSavedView(of: ViewsOf, search: GridSearch, onSearch: (change: Partial<GridSearch>) => void) {
  const name = of.audience ?? of.entity ?? "";
  const [own, setOwn] = useState(() => loadView(name));
  const [draft, setDraft] = useState<{ of: number; view: View }>();
  const views = useQuery(viewsQuery(of));
  const saved = views.data?.items?.find((v) => v.id === search.view);
  const changed = draft && draft.of === saved?.id ? draft.view : undefined;
  const view = saved ? (changed ?? columnsIn(saved.look)) : own;

  const choose = (v: SavedView | undefined) => {
    applied.current = v?.id;
    setDraft(undefined);
    onSearch({ ...narrowedIn(v?.look ?? {}), open: undefined, view: v?.id });
  };
  // An address that names the view alone shows it as it was saved.
  const applied = useRef(search.where || search.search || search.sort || search.group ? search.view : undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each view that the address names
  useEffect(() => {
    if (saved && applied.current !== saved.id) choose(saved);
  }, [saved?.id]);

  return {
    view,
    setView: (v: View) => {
      if (saved) setDraft({ of: saved.id, view: v });
      else {
        setOwn(v);
        saveView(name, v);
      }
    },
    views: views.data?.items ?? [],
    saved,
    look: lookOf(view, search),
    /** Whether what is shown is no more what was saved. */
    differs: saved !== undefined && !sameLook(saved.look, lookOf(view, search)),
    choose,
  };
}
