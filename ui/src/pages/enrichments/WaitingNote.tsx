import { Stack, Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { count, readable } from "../../ui/time";

/** Why an enrichment with rows left does not move; nothing where it does, or where its message says so. */
export function WaitingNote({ of }: { of: Schemas["EnrichmentView"] }) {
  const waits = (of.waiting_for ?? []).filter(
    (w) => w.detail !== of.message && w.reason !== "approval" && w.reason !== "guard",
  );
  if (waits.length === 0) return null;
  return (
    <Stack gap={2} role="status">
      {waits.map((w) => (
        <Text key={`${w.reason}-${w.detail}`} c="dimmed">
          Waits: {w.reason === "schedule" ? `schedule, ${w.detail}` : readable(w.detail)}
          {w.rows ? ` (${count(w.rows, "row")})` : ""}
          {w.until && w.reason !== "schedule" ? `, until ${new Date(w.until).toLocaleTimeString()}` : ""}
        </Text>
      ))}
    </Stack>
  );
}
