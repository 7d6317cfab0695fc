import { useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "../../../api/client";
import { enrichmentQuery } from "../../../api/queries/enrichments";
import { Changed, differences } from "../../../ui/Changed";
import { useAnyFieldLabel, useAudienceLabel, useProviderTitle } from "../../../ui/labels";
import { definitionLines } from "../definitionWords";
import type { Draft } from "./draft";

type Props = {
  error: unknown;
  /** As it is saved by now; undefined until that is known. */
  theirs: Schemas["EnrichmentView"] | undefined;
  name: string;
  draft: Draft;
  busy: boolean;
  onKeep: () => void;
  onTake: () => void;
};

/** Somebody else saved a version since this draft began: what the two differ in, a line each. */
export function ChangedDefinition({ theirs, name, draft, ...rest }: Props) {
  const queries = useQueryClient();
  const names = { audience: useAudienceLabel(), field: useAnyFieldLabel(), provider: useProviderTitle() };
  const compared = () => {
    if (!theirs) return undefined;
    const [a, b] = [theirs.definition, draft as Schemas["Definition"]].map((d) => new Map(definitionLines(d, names)));
    const topics = [...new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])])];
    return differences(topics.map((t) => [t, a?.get(t), b?.get(t)]));
  };
  return (
    <Changed
      {...rest}
      differs={compared()}
      reload={() => void queries.invalidateQueries({ queryKey: enrichmentQuery(name).queryKey })}
    />
  );
}
