import { Alert, Anchor, Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { keys } from "../../api/keys";
import { useSetConnection, useTestConnection } from "../../api/queries/providers";
import { Changed, differences, isChanged } from "../../ui/Changed";
import { ErrorNote } from "../../ui/ErrorNote";
import { useCreditUSD } from "../../ui/MoneyText";
import { formatMoney, micro } from "../../ui/money";
import { May, Only, useWhyNot, WhyNot } from "../../ui/Permitted";
import { count } from "../../ui/time";
import { useTag } from "../../ui/useTag";
import { Connections } from "./Connections";
import { SimulatedForm } from "./SimulatedForm";
import { makesUp } from "./simulated";
import { whyNot } from "./why";

type Props = { of: Schemas["ProviderView"]; onSaved?: (now: Schemas["ProviderView"]) => void };

/** How a provider is connected. */
export const ConnectionForm = (props: Props) => (makesUp(props.of) ? <SimulatedForm /> : <Form {...props} />);

/** A provider's key, price and address; with a test that spends nothing. */
function Form({ of, onSaved }: Props) {
  const save = useSetConnection();
  const test = useTestConnection();
  const usd = useCreditUSD();
  const mayNot = Boolean(useWhyNot("spend"));
  const mayNotLead = Boolean(useWhyNot("rule"));
  const [key, setKey] = useState("");
  const [typed, setUnit] = useState<string>();
  const stands = of.unit_credits ?? "";
  const unit = typed ?? stands;
  const [url, setUrl] = useState("");
  const changed = key !== "" || unit !== stands || url !== "";
  const tag = useTag(of.etag, changed);
  const queries = useQueryClient();
  const give = () => {
    setKey("");
    setUrl("");
    setUnit(undefined);
  };
  const submit = (as = tag) =>
    save.mutate(
      {
        name: of.name,
        connection: {
          key: key || undefined,
          unit_credits: unit && unit !== stands ? unit : undefined,
          base_url: url || undefined,
        },
        tag: as,
      },
      {
        onSuccess: (now) => {
          onSaved?.(now);
          give();
          notifications.show({ id: `saved ${of.name}`, message: `${of.title} is saved.` });
        },
      },
    );
  return (
    <form
      style={{ padding: "4px 14px 16px" }}
      onSubmit={(e) => {
        e.preventDefault();
        if (changed) submit();
      }}
    >
      <Stack gap="sm" maw={640}>
        {of.why && <Text c="dimmed">Not ready: it {whyNot(of)}.</Text>}
        <Group grow align="flex-start">
          {of.needs_key && (
            <PasswordInput
              label="Key"
              value={key}
              disabled={mayNot}
              autoComplete="off"
              onChange={(e) => setKey(e.currentTarget.value)}
              placeholder={of.key_from ? `set (${of.key_from}); type to replace` : "never shown again"}
              description={of.key_env ? `or the environment variable ${of.key_env}` : undefined}
              inputWrapperOrder={["label", "input", "description", "error"]}
            />
          )}
          {of.kind !== "formula" && (
            <TextInput
              label={`One ${of.unit === "credit" ? `${of.title} credit` : of.unit} costs, in credits`}
              value={unit}
              disabled={mayNot}
              onChange={(e) => setUnit(e.currentTarget.value)}
              description={micro(unit) > 0n ? `= ${formatMoney(unit, usd)}` : "It does not run before this is known."}
              inputWrapperOrder={["label", "input", "description", "error"]}
            />
          )}
        </Group>
        {of.base_url && (
          <TextInput
            label="Address"
            placeholder={of.address || of.base_url}
            value={url}
            disabled={mayNotLead}
            onChange={(e) => setUrl(e.currentTarget.value)}
            description={of.note || undefined}
            inputWrapperOrder={["label", "input", "description", "error"]}
          />
        )}
        <Text size="xs" c="dimmed">
          {(of.operations ?? []).map((o) => (o.billing ? `${o.title} (${o.billing})` : o.title)).join("; ")}
          {(of.limits ?? []).length > 0 &&
            `. At most ${(of.limits ?? []).map((l) => `${count(l.requests, "call")} a ${l.id}`).join(", ")}`}
          .{" "}
          {of.docs && (
            <Anchor href={of.docs} target="_blank" rel="noreferrer" size="xs" underline="always">
              Its documentation
            </Anchor>
          )}{" "}
          {of.kind === "data" && (
            <Only to="edit">
              <Anchor
                size="xs"
                underline="always"
                renderRoot={(root) => <Link to="/providers/definition" search={{ of: of.provider }} {...root} />}
              >
                Its definition
              </Anchor>
            </Only>
          )}
        </Text>
        {isChanged(save.error) ? (
          <Changed
            error={save.error}
            differs={
              of.etag === tag
                ? undefined
                : differences([
                    [
                      "Key",
                      of.key_from ? "one is kept" : "",
                      key ? "the one typed here" : of.key_from && "one is kept",
                    ],
                    ["Costs, in credits", stands, unit],
                    ["Address", of.base_url, url || of.base_url],
                  ])
            }
            busy={save.isPending}
            reload={() => void queries.invalidateQueries({ queryKey: keys.providers })}
            onKeep={() => submit(of.etag)}
            onTake={() => {
              save.reset();
              give();
            }}
          />
        ) : (
          <ErrorNote error={save.error ?? test.error} />
        )}
        {test.data && <Alert color="teal">{test.data.message}</Alert>}
        <Group>
          <Button type="submit" disabled={!changed || mayNot} loading={save.isPending}>
            Save
          </Button>
          <May to="edit">
            <Button variant="default" loading={test.isPending} onClick={() => test.mutate(of.name)}>
              Test
            </Button>
          </May>
          <WhyNot to="spend" />
          <Connections of={of} />
        </Group>
      </Stack>
    </form>
  );
}
