import { Anchor, Button, Code, Stack, Text } from "@mantine/core";
import { IconBolt } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { useMakeRule } from "../../api/queries/signals";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { May } from "../../ui/Permitted";

const name = "job-change";
const example = {
  entity: "people",
  type: "job_change",
  detect: "changes",
  when: "changed(title) || changed(company_domain)",
  from: { title: "before.title", company: "before.company_domain" },
  to: { title: "title", company: "company_domain" },
  companion: { name: "job-changers", within: "30d" },
  settle: "0s",
} satisfies Schemas["SignalRule"];

/** Shown while there is no rule: a first one, and what it gives. */
export function Teach() {
  const save = useMakeRule();
  return (
    <EmptyState icon={<IconBolt size={30} stroke={1.5} />} title="Make your first signal rule">
      <Stack gap="sm" ta="left" align="flex-start">
        <Text>
          A rule says which change of a record is a signal. This one finds people with another job, in what you import
          and edit from now on:
        </Text>
        <Code block w="100%">
          {example.when}
        </Code>
        <Text>
          It makes the{" "}
          <Anchor component={Link} to="/audiences" underline="always">
            audience
          </Anchor>{" "}
          job-changers as well: who changed jobs in the last 30 days. Point an enrichment at it, and everybody who moves
          gets a line of their own.
        </Text>
        <May to="edit">
          <Button loading={save.isPending} onClick={() => save.mutate({ name, rule: example })}>
            Make this rule
          </Button>
        </May>
        <ErrorNote error={save.error} />
      </Stack>
    </EmptyState>
  );
}
