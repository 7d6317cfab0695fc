import { Badge, Button, Code, Group, Spoiler, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { useSaveEnrichment, versionsQuery } from "../../api/queries/enrichments";
import { ErrorNote } from "../../ui/ErrorNote";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";

/** What changed, when and by whom; values of older logic are stale, not deleted. */
export function Versions({ name }: { name: string }) {
  const { data, error } = useQuery(versionsQuery(name));
  const items = data?.items ?? [];
  const save = useSaveEnrichment();
  // The limit stays as it is: a version is what is asked, not what may be spent.
  const back = (d: Schemas["Definition"]) =>
    save.mutate({ name, definition: { ...structuredClone(d), limit: undefined } as Schemas["DefinitionBody"] });
  return (
    <Stack gap="sm">
      <ErrorNote error={error ?? save.error} />
      {items.map((v, i) => (
        <div key={v.version} className="panel" style={{ padding: 12 }}>
          <Group gap="xs" mb={6}>
            <Text fw={600}>Version {v.version}</Text>
            {v.logic && i < items.length - 1 && <Badge color="orange">changed what is asked</Badge>}
            <Text c="dimmed">
              {v.actor}, <TimeAgo at={v.at} />
            </Text>
            {i > 0 && (
              <May to="edit">
                <Button size="compact-xs" variant="default" loading={save.isPending} onClick={() => back(v.definition)}>
                  Go back to version {v.version}
                </Button>
              </May>
            )}
          </Group>
          {changed(items[i + 1]?.definition, v.definition).map((line) => (
            <Text key={line} size="xs">
              {line}
            </Text>
          ))}
          <Spoiler maxHeight={0} showLabel="Show the full definition" hideLabel="Hide" fz="xs">
            <Code block>{JSON.stringify(v.definition, null, 2)}</Code>
          </Spoiler>
        </div>
      ))}
    </Stack>
  );
}

/** The members that differ between a version and the one before it. */
export function changed(before: object | undefined, after: object): string[] {
  if (!before) return ["First version."];
  const [a, b] = [before as Record<string, unknown>, after as Record<string, unknown>];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys
    .filter((k) => JSON.stringify(a[k]) !== JSON.stringify(b[k]))
    .map((k) => `${k.replaceAll("_", " ")}: ${short(a[k])} → ${short(b[k])}`);
}

const short = (v: unknown) => {
  const plain = Array.isArray(v) && v.every((x) => typeof x === "string");
  const s = v === undefined ? "nothing" : typeof v === "string" ? v : plain ? v.join(", ") : JSON.stringify(v);
  return s.length > 160 ? `${s.slice(0, 160)}…` : s;
};
