import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { whyEnrichmentQuery } from "../../api/queries/enrichments";
import { ErrorNote } from "../../ui/ErrorNote";
import { readable } from "../../ui/time";

type Enrichment = Schemas["EnrichmentView"];
type Thing = Schemas["SpendThing"];

/** What the spend of the last day went back to, each with its share and what stops it. Nothing where nothing was spent. */
export function WhyFast({ of }: { of: Enrichment }) {
  const { data, error, refetch } = useQuery(whyEnrichmentQuery(of.name));
  if (error) return <ErrorNote error={error} retry={refetch} />;
  if (!data || data.things.length === 0) return null;
  return (
    <Stack gap={4} component="section" className="panel" p="md" aria-label="Why so fast">
      <Text fw={600} component="h2">
        Why so fast: the last 24 hours
      </Text>
      {of.pause_reason === "guard" && (
        <Text c="dimmed" size="xs">
          A guard paused it. What is named here is what to take back or stop before you resume.
        </Text>
      )}
      <ul style={{ margin: 0, paddingInlineStart: 18 }}>
        {data.things.map((t) => (
          <li key={t.text} style={{ marginBlock: 3 }}>
            {readable(t.text)} <Stop of={of} thing={t} />
          </li>
        ))}
      </ul>
    </Stack>
  );
}

/** Where a thing is taken back, or stopped. */
function Stop({ of, thing: t }: { of: Enrichment; thing: Thing }): ReactNode {
  switch (t.kind) {
    case "import":
    case "edit":
    case "undo":
      return <Link to="/undo">Take it back</Link>;
    case "filter":
      return (
        <Link to="/audiences/$name" params={{ name: t.name }}>
          Open the audience
        </Link>
      );
    case "signal":
      return (
        <Link to="/signals" search={{ tab: "rules" }}>
          Pause the rule
        </Link>
      );
    case "loop":
    case "enrichment":
    case "poll":
      return (
        <Link to="/enrichments/$name" params={{ name: t.name }}>
          Open {t.name}
        </Link>
      );
    case "version":
      return (
        <Link to="/enrichments/$name" params={{ name: of.name }} search={{ tab: "versions" }}>
          Versions
        </Link>
      );
    default:
      return null;
  }
}
