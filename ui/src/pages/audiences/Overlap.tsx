import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { audienceCountQuery, audiencesQuery } from "../../api/queries/audiences";
import { countRecordsQuery } from "../../api/queries/records";
import { percent } from "../../ui/Bar";
import { Figure } from "../../ui/chart/Figure";
import { usePatterns } from "../../ui/chart/Patterns";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { choices } from "../../ui/labels";
import { Picker } from "../../ui/Picker";
import classes from "./Overlap.module.css";

/** Who is in two audiences: what an enrichment that moves over would not buy again. */
export default function Overlap({ audience: a }: { audience: Schemas["AudienceView"] }) {
  const others = (useQuery(audiencesQuery).data?.items ?? []).filter((x) => x.entity === a.entity && x.name !== a.name);
  const [name, setName] = useState<string | null>(null);
  const other = others.find((x) => x.name === name);
  return (
    <Stack gap="md" maw={680}>
      <Picker
        label="Compare with"
        placeholder="Choose an audience"
        data={choices(others)}
        value={name}
        onChange={setName}
      />
      {other ? <Picture a={a} b={other} /> : <Text c="dimmed">Choose another audience to see who is in both.</Text>}
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
  const parts = [
    { label: `Only in ${a.label}`, n: na - both, kind: 2 },
    { label: "In both", n: both, kind: 1 },
    { label: `Only in ${b.label}`, n: nb - both, kind: 3 },
  ];
  return (
    <Figure
      title={`${a.label} and ${b.label}`}
      legend={parts.map((p) => ({ label: p.label, kind: p.kind, note: grouped(p.n) }))}
      table={{
        head: ["", "Records", "Share"],
        rows: parts.map((p) => [p.label, p.n, percent(p.n, union)]),
        foot: ["Either", na + nb - both, ""],
      }}
      says={`What an enrichment has bought for ${a.label} is not bought again for the ${grouped(both)} in both when it is pointed at ${b.label}.`}
    >
      <Tracks
        label={`${both} of ${union} are in both`}
        names={[a.label, b.label]}
        only={[na - both, nb - both]}
        both={both}
      />
    </Figure>
  );
}

/** Two bars, one under the other: what stands above itself is in both. */
function Tracks({
  label,
  names,
  only,
  both,
}: {
  label: string;
  names: [string, string];
  only: [number, number];
  both: number;
}) {
  const { defs, fill } = usePatterns();
  const union = Math.max(1, only[0] + both + only[1]);
  const at = (n: number) => `${(100 * n) / union}%`;
  const line = (y: number, mine: number, kind: number, x: number, bothAt: number) => (
    <>
      <rect x={at(x)} y={y} width={at(mine)} height={26} fill={fill(kind)} />
      <rect x={at(bothAt)} y={y} width={at(both)} height={26} fill={fill(1)} />
    </>
  );
  return (
    <svg width="100%" height={112} role="img" aria-label={label}>
      {defs}
      <text x={0} y={13} className={classes.name}>
        {names[0]}
      </text>
      {line(20, only[0], 2, 0, only[0])}
      {line(56, only[1], 3, only[0] + both, only[0])}
      <text x="100%" y={99} textAnchor="end" className={classes.name}>
        {names[1]}
      </text>
    </svg>
  );
}
