import { Group, Radio, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Entity } from "../../../api/client";
import { hubQuery } from "../../../api/queries/hub";
import { providersQuery } from "../../../api/queries/providers";
import { fieldsQuery } from "../../../api/queries/records";
import { percent } from "../../../ui/Bar";
import { list } from "../things";
import { gapsOf } from "./suggest";

type Props = { entity: Entity; audience: string; value: string | undefined; onChange: (field: string) => void };

/** What a new enrichment is to fill: the gaps of its audience, and who can fill them. */
export function Gaps({ entity, audience, value, onChange }: Props) {
  const hub = useQuery(hubQuery({ audience })).data;
  const fields = useQuery(fieldsQuery(entity)).data?.items ?? [];
  const providers = useQuery(providersQuery).data?.items ?? [];
  const gaps = hub ? gapsOf(hub, fields, providers, entity) : [];
  const chosen = fields.find((f) => f.field === value);
  if (gaps.length === 0 && !chosen) {
    return <Text c="dimmed">{hub ? "Choose below who is asked; what comes back says what can be filled." : "…"}</Text>;
  }
  const other = chosen && !gaps.some((g) => g.field === value);
  return (
    <Radio.Group value={value ?? ""} onChange={onChange} aria-label="Field to fill">
      <Stack gap={6}>
        {gaps.map((g) => (
          <Radio
            key={g.field}
            value={g.field}
            label={
              <Group gap="xs">
                <Text fw={550}>{g.label}</Text>
                <Text c="dimmed">
                  {percent(hub && g.rate > 0 ? Math.round(g.rate * hub.records) : 0, hub?.records ?? 1)} filled ·{" "}
                  {g.by.length > 2 ? `${g.by.slice(0, 2).join(", ")} and ${g.by.length - 2} more` : list(g.by)} can fill
                  it
                </Text>
              </Group>
            }
          />
        ))}
        {other && <Radio value={chosen.field} label={<Text fw={550}>{chosen.label}</Text>} />}
      </Stack>
    </Radio.Group>
  );
}
