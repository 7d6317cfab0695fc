import { Anchor, Code, Stack, Text } from "@mantine/core";
import { IconBolt } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { EmptyState } from "../../ui/EmptyState";

const example = `apiVersion: fettle/v1
kind: Signal
name: job-change
entity: people
type: job_change
when: changed(title) || changed(company_domain)
from: {title: before.title, company: before.company_domain}
to: {title: title, company: company_domain}
companion: {name: job-changers, within: 30d}`;

/** Shown while there is no rule: what one looks like, and what it gives. */
export function Teach() {
  return (
    <EmptyState icon={<IconBolt size={30} stroke={1.5} />} title="Make your first signal rule">
      <Stack gap="sm" ta="left">
        <Text>
          A rule says which change of a record is a signal. This one finds people with another job, in what you import
          and edit from now on:
        </Text>
        <Code block>{example}</Code>
        <Text>
          Save it as job-change.yaml and run <Code>fettle apply -f job-change.yaml</Code>. It makes the{" "}
          <Anchor component={Link} to="/audiences" underline="always">
            audience
          </Anchor>{" "}
          job-changers as well, at which you can point an enrichment. Other systems can post signals too: to{" "}
          <Code>/hooks/NAME</Code>, or with <Code>fettle signal post</Code>.
        </Text>
        <Text>
          <Code>fettle play add job-changers</Code> adds such a rule together with an enrichment that writes a line to
          everybody who moved, once for each move.
        </Text>
      </Stack>
    </EmptyState>
  );
}
