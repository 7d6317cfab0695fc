import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { audienceCountQuery, audiencesQuery } from "../../api/queries/audiences";
import { countRecordsQuery } from "../../api/queries/records";
import { percent } from "../../ui/Bar";
import { ErrorNote } from "../../ui/ErrorNote";
import { choices } from "../../ui/labels";
import { Picker } from "../../ui/Picker";
import classes from "./Overlap.module.css";

/** Who is in two audiences: what an enrichment that moves over would not buy again. */
export function Overlap({ audience: a }: { audience: Schemas["AudienceView"] }) {
  const others = (useQuery(audiencesQuery).data?.items ?? []).filter((x) => x.entity === a.entity && x.name !== a.name);
  const [name, setName] = useState<string | null>(null);
  const other = others.find((x) => x.name === name);
  return (
    <Stack gap="md" maw={680}>
      <Picker label="Beside" placeholder="Choose an audience" data={choices(others)} value={name} onChange={setName} />
      {other ? <Picture a={a} b={other} /> : <Text c="dimmed">Choose another audience to see whom both have.</Text>}
    </Stack>
  );
}

function Picture({ a, b }: { a: Schemas["AudienceView"]; b: Schemas["AudienceView"] }) {
  const first = useQuery(audienceCountQuery(a.name));
  const second = useQuery(audienceCountQuery(b.name));
  const shared = useQuery(countRecordsQuery({ audience: a.name, where: b.where || undefined }));
  const [na, nb, both] = [first.data?.count, second.data?.count, shared.data?.count];
  if (shared.error) return <ErrorNote error={shared.error} />;
  if (na === undefined || nb === undefined || both === undefined) return <Text c="dimmed">Counting…</Text>;
  const union = Math.max(1, na + nb - both);
  const at = (n: number) => `${(100 * n) / union}%`;
  const rows: [string, number][] = [
    [`Only in ${a.label}`, na - both],
    ["In both", both],
    [`Only in ${b.label}`, nb - both],
  ];
  return (
    <>
      <div role="img" aria-label={`${both} of ${union} are in both`}>
        <Text size="xs">{a.label}</Text>
        <div className={classes.track}>
          <span className={classes.bar} style={{ left: 0, width: at(na) }} />
          <span className={classes.bar} data-both style={{ left: at(na - both), width: at(both) }} />
        </div>
        <div className={classes.track}>
          <span className={classes.bar} style={{ left: at(na - both), width: at(nb) }} />
          <span className={classes.bar} data-both style={{ left: at(na - both), width: at(both) }} />
        </div>
        <Text size="xs" ta="right">
          {b.label}
        </Text>
      </div>
      <Table>
        <Table.Tbody>
          {rows.map(([label, n]) => (
            <Table.Tr key={label}>
              <Table.Td>{label}</Table.Td>
              <Table.Td ta="right" className="tabular">
                {n.toLocaleString("en-US")}
              </Table.Td>
              <Table.Td ta="right" className="tabular" c="dimmed">
                {percent(n, union)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text c="dimmed">
        What an enrichment has bought for {a.label} is not bought again for the {both.toLocaleString("en-US")} in both
        when it is pointed at {b.label}.
      </Text>
    </>
  );
}
