import { Button, Checkbox, Group, List, Stack, Text, TextInput } from "@mantine/core";
import type { StepProps } from "./ImportPage";

const order = {
  people: ["external_id", "linkedin_url", "email"],
  companies: ["external_id", "domain", "linkedin_url"],
} as const;
const labels: Record<string, string> = {
  external_id: "External ID, within this source",
  linkedin_url: "LinkedIn URL",
  email: "Email, but not a shared one such as info@",
  domain: "Domain",
};

/** How a row finds the record that it is about. */
export function MatchStep({ plan, change, next, back }: StepProps) {
  const has = (field: string) => Object.values(plan.mapping).includes(field);
  const keys = order[plan.entity];
  const none = !keys.some(has);
  return (
    <Stack gap="md" maw={620}>
      <Text>
        A row becomes part of the record that it matches, by the first of these that finds one; else it is a new record.
      </Text>
      <List type="ordered" spacing={4} size="sm">
        {keys.map((k) => (
          <List.Item key={k}>
            {labels[k]}{" "}
            {!has(k) && (
              <Text component="span" c="dimmed">
                – not in this file
              </Text>
            )}
          </List.Item>
        ))}
        {plan.phoneKey && <List.Item>Phone</List.Item>}
      </List>
      {none && (
        <Text role="alert" c="red">
          No column of this file tells records apart. Importing it again finds its rows by what they hold; a row that
          has changed becomes a new record.
        </Text>
      )}
      <TextInput
        label="Source"
        description="Keeps the external IDs of unrelated files apart, such as hubspot or webinar-2026"
        placeholder="csv"
        value={plan.source}
        onChange={(e) => change({ source: e.currentTarget.value })}
      />
      {plan.entity === "people" && has("phone") && (
        <>
          <Checkbox
            label="Match by phone too. Colleagues often share a switchboard's."
            checked={plan.phoneKey}
            onChange={(e) => change({ phoneKey: e.currentTarget.checked })}
          />
          <TextInput
            label="Country of phones without a country code"
            placeholder="DE"
            maw={240}
            maxLength={2}
            value={plan.region}
            onChange={(e) => change({ region: e.currentTarget.value.toUpperCase() })}
          />
        </>
      )}
      <Group>
        <Button variant="default" onClick={back}>
          Back
        </Button>
        <Button onClick={next}>Check the file</Button>
      </Group>
    </Stack>
  );
}
