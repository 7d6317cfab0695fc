import { Group, Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { grouped } from "../../ui/grouped";

type View = Schemas["ImportView"];

/** What an import did, or would do. */
export function Counts({ of, future }: { of: View; future?: boolean }) {
  const parts: [string, number][] = [
    ["rows read", of.read],
    [future ? "would be created" : "created", of.created],
    [future ? "would be updated" : "updated", of.updated],
    ["unchanged", of.unchanged],
    ["merged", of.merged],
    ["rejected", of.rejected],
    ["conflicts", of.conflicts],
    [future ? "companies would be created" : "companies created", of.companies_created ?? 0],
  ];
  return (
    <Group gap="xl" className="panel" p="md">
      {parts
        .filter(([label, n], i) => i < 3 || n > 0 || label === "rejected")
        .map(([label, n]) => (
          <div key={label}>
            <Text fz={20} fw={600} className="tabular" c={label === "rejected" && n > 0 ? "red" : undefined}>
              {grouped(n)}
            </Text>
            <Text c="dimmed" size="xs">
              {label}
            </Text>
          </div>
        ))}
    </Group>
  );
}
