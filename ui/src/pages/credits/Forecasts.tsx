import { Anchor, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { forecastsQuery } from "../../api/queries/money";
import { ErrorNote } from "../../ui/ErrorNote";
import { periods } from "../enrichments/dialogs/LimitForm";

type Of = Schemas["LimitForecast"];

/** When each limit will be reached at the recent pace, or why that cannot be said; the soonest first. */
export function Forecasts() {
  const { data, error, refetch } = useQuery(forecastsQuery);
  const items = data?.items ?? [];
  if (error) return <ErrorNote error={error} retry={refetch} />;
  if (items.length === 0) return null;
  const told = items.filter((l) => l.forecast.verdict === "at" || l.forecast.verdict === "reached");
  const untold = items.filter((l) => !told.includes(l));
  return (
    <Stack gap={4} component="section" aria-label="Forecast">
      <Title order={2}>When limits are reached</Title>
      {told.map((l) => (
        <Text key={`${l.scope}-${l.key}-${l.per}`}>
          <Subject of={l} />
          <Text span c={l.forecast.verdict === "at" || l.forecast.verdict === "reached" ? undefined : "dimmed"}>
            {`: ${l.forecast.text}.`}
          </Text>
        </Text>
      ))}
      {untold.length > 0 && (
        <Text component="div" c="dimmed">
          {told.length === 0 ? "None can be foretold yet: " : "Not to be foretold yet: "}
          {untold.map((l, i) => (
            <span key={`${l.scope}-${l.key}-${l.per}`} title={l.forecast.text}>
              {i > 0 && ", "}
              <Subject of={l} />
            </span>
          ))}
          .
        </Text>
      )}
    </Stack>
  );
}

function Subject({ of: l }: { of: Of }) {
  const per = l.per === "lifetime" ? "" : ` ${periods.find((p) => p.value === l.per)?.label ?? l.per}`;
  if (l.scope === "balance") return <>The workspace's balance</>;
  if (l.scope === "workspace") return <>The workspace's limit{per}</>;
  if (l.scope !== "enrichment")
    return (
      <>
        The limit of {l.key}
        {per}
      </>
    );
  return (
    <>
      <Anchor
        underline="always"
        renderRoot={(props) => <Link to="/enrichments/$name" params={{ name: l.key }} {...props} />}
      >
        {l.key}
      </Anchor>
      {per}
    </>
  );
}
