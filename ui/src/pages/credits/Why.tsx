import { Anchor, Button, Group, SegmentedControl, Skeleton, Stack, Text, Title } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { whyQuery } from "../../api/queries/money";
import { ErrorNote } from "../../ui/ErrorNote";
import { formatCredits, micro } from "../../ui/money";
import { readable } from "../../ui/time";

const FEW = 5;
const windows = [
  { value: "day", label: "24 hours", hours: 24 },
  { value: "week", label: "7 days", hours: 7 * 24 },
  { value: "month", label: "30 days", hours: 30 * 24 },
];

/** What drove the spend of the last days, beside the days before: sentences that lead to their charges. */
export function Why() {
  const { window: asked } = useSearch({ from: "/credits" });
  const go = useNavigate();
  const [all, setAll] = useState(false);
  const chosen = windows.find((w) => w.value === asked) ?? { value: "week", hours: 7 * 24 };
  const { data, error, refetch } = useQuery({ ...whyQuery(chosen.hours), placeholderData: keepPreviousData });
  return (
    <Stack gap="xs" component="section" aria-label="Why so fast">
      <Group justify="space-between">
        <Title order={2}>Why so fast?</Title>
        <SegmentedControl
          aria-label="Of the last"
          data={windows}
          value={chosen.value}
          onChange={(window) =>
            void go({ to: "/credits", search: (s) => ({ ...s, tab: "spend", window }), replace: true })
          }
        />
      </Group>
      <ErrorNote error={error} retry={refetch} />
      {!data && !error && <Skeleton h={90} />}
      {data && <Text>{readable(data.summary)}</Text>}
      {data && data.drivers.length > 0 && (
        <ul style={{ margin: 0, paddingInlineStart: 18 }}>
          {data.drivers.slice(0, all ? undefined : FEW).map((d) => (
            <li key={d.kind + d.text} style={{ marginBlock: 3 }}>
              {linked(d) ? (
                <Anchor
                  underline="hover"
                  c="var(--mantine-color-text)"
                  renderRoot={(props) => (
                    <Link to="/credits" search={{ tab: "journal", ...filterOf(d.journal) }} {...props} />
                  )}
                >
                  {readable(d.text)}
                </Anchor>
              ) : (
                readable(d.text)
              )}{" "}
              {micro(d.before_credits) > 0n && (
                <Text component="span" size="xs" c="dimmed" className="tabular">
                  {signed(d.change_credits)}
                </Text>
              )}
            </li>
          ))}
        </ul>
      )}
      {data && !all && data.drivers.length > FEW && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          style={{ alignSelf: "flex-start" }}
          onClick={() => setAll(true)}
        >
          {data.drivers.length - FEW} more
        </Button>
      )}
    </Stack>
  );
}

/** Enrichments that were deleted cannot be asked for. */
const linked = (d: Schemas["SpendDriver"]) => d.kind !== "enrichment" || d.journal.enrichment;

const filterOf = ({ enrichment, version, provider, model, cause, kind, from, to }: Schemas["JournalFilter"]) => ({
  enrichment,
  version,
  provider,
  model,
  cause,
  kind,
  from,
  to,
});

const signed = (credits: string) => (micro(credits) > 0n ? `+${formatCredits(credits)}` : formatCredits(credits));
