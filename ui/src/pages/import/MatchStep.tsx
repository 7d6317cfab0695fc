import { Button, Checkbox, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { countryName } from "./country";
import type { StepProps } from "./ImportPage";

const order = {
  people: ["external_id", "linkedin_url", "email"],
  companies: ["external_id", "domain", "linkedin_url"],
} as const;
const labels: Record<string, string> = {
  external_id: "External ID, within its list",
  linkedin_url: "LinkedIn URL",
  email: "Email, but not a shared one such as info@",
  domain: "Domain",
};

/** How a row finds the record that it is about. */
export function MatchStep({ plan, change, next, back }: StepProps) {
  const columnOf = (field: string) => Object.keys(plan.mapping).find((c) => plan.mapping[c] === field);
  const has = (field: string) => columnOf(field) !== undefined;
  const keys = order[plan.entity];
  const none = !keys.some(has) && !(plan.phoneKey && has("phone"));
  const country = plan.phoneKey ? countryName(plan.region) : "";
  return (
    <Stack gap="md" maw={620}>
      <Text>
        Each row updates the record it matches, by the first of these that finds one. Otherwise it creates a new record.
      </Text>
      <List type="ordered" spacing={4} size="sm">
        {keys.map((k) => (
          <List.Item key={k}>
            {labels[k]}{" "}
            <Text component="span" c="dimmed">
              – {has(k) ? `the column ${columnOf(k)}` : "no column goes into it"}
            </Text>
          </List.Item>
        ))}
        {plan.phoneKey && has("phone") && (
          <List.Item>
            Phone{" "}
            <Text component="span" c="dimmed">
              – the column {columnOf("phone")}
            </Text>
          </List.Item>
        )}
      </List>
      {none && (
        <Text role="alert" c="red">
          Nothing identifies these {plan.entity}: each row that is not the same in everything becomes a new record. If
          the file has a column of ids, go back and put it into External ID.
        </Text>
      )}
      <TextInput
        label="Source"
        description="Names the list of the external IDs, such as hubspot or webinar-2026: they are compared within one list only."
        placeholder={has("external_id") ? `empty: named after the column ${columnOf("external_id")}` : "empty: csv"}
        value={plan.source}
        onChange={(e) => change({ source: e.currentTarget.value, sameList: false })}
      />
      {plan.entity === "people" && has("phone") && (
        <>
          <Checkbox
            label="Match by phone too (colleagues often share one number)"
            checked={plan.phoneKey}
            onChange={(e) => change({ phoneKey: e.currentTarget.checked })}
          />
          {plan.phoneKey && (
            <TextInput
              label="Country of phones without a country code"
              description="Only to match by; phones stay as they are written."
              placeholder="DE"
              maw={360}
              maxLength={2}
              value={plan.region}
              error={country === null && `${plan.region} is no country. Use its code of two letters, such as US or DE.`}
              rightSection={country && <Text size="xs">{country}</Text>}
              rightSectionWidth={160}
              onChange={(e) => change({ region: e.currentTarget.value.toUpperCase() })}
            />
          )}
        </>
      )}
      <Group>
        <Button variant="default" onClick={back}>
          Back
        </Button>
        <Button onClick={next} disabled={country === null}>
          Check the file
        </Button>
      </Group>
    </Stack>
  );
}
