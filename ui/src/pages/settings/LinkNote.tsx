import { Alert, Button, Code, CopyButton, Group, Text } from "@mantine/core";
import type { Schemas } from "../../api/client";

/** A link to hand over, shown this once. */
export function LinkNote({ link }: { link: Schemas["LinkView"] }) {
  const address = window.location.origin + (link.path ?? "");
  const what = link.kind === "invite" ? "The invitation" : "The link to a new password";
  return (
    <Alert color="teal" title={`${what} of ${link.email}, shown this once`} role="status">
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <Code style={{ overflowWrap: "anywhere" }}>{address}</Code>
        <CopyButton value={address}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy} style={{ flexShrink: 0 }}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Text c="dimmed" size="xs" mt={6}>
        Hand it over yourself. It works once, until {new Date(link.expires_at).toLocaleString()}.
      </Text>
    </Alert>
  );
}
