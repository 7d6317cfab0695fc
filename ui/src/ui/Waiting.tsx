import { Skeleton, Stack } from "@mantine/core";

/** The outline of a table whose rows are being asked for. */
export function Waiting({ rows = 6 }: { rows?: number }) {
  return (
    <Stack className="panel" gap={0} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} style={{ display: "flex", gap: 24, padding: "12px 14px", borderTop: i ? line : undefined }}>
          <Skeleton h={9} w={`${12 + ((i * 5) % 7)}%`} />
          <Skeleton h={9} w={`${30 + ((i * 11) % 23)}%`} />
        </div>
      ))}
    </Stack>
  );
}

const line = "1px solid var(--fettle-line)";
