import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { useAddConnection, useRemoveConnection } from "../../api/queries/providers";
import { Confirm } from "../../ui/Confirm";
import { May, useWhyNot } from "../../ui/Permitted";

type Provider = Schemas["ProviderView"];

const nameable = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** Adds a connection to a provider, or takes the one that is shown away. */
export function Connections({ of }: { of: Provider }) {
  const [open, setOpen] = useState(false);
  if (of.kind === "formula") return null;
  const isDefault = of.connection === "default";
  return (
    <>
      <May to="spend">
        <Button variant="subtle" color={isDefault ? undefined : "red"} onClick={() => setOpen(true)}>
          {isDefault ? "Add another connection" : "Disconnect"}
        </Button>
      </May>
      {open && isDefault && <Add to={of} onClose={() => setOpen(false)} />}
      {open && !isDefault && <Remove of={of} onClose={() => setOpen(false)} />}
    </>
  );
}

function Add({ to, onClose }: { to: Provider; onClose: () => void }) {
  const add = useAddConnection();
  const go = useNavigate();
  const mayNotLead = Boolean(useWhyNot("rule"));
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const wrong = name !== "" && !nameable.test(name);
  return (
    <Confirm
      opened
      title={`Another connection of ${to.title}`}
      action="Add it"
      busy={add.isPending}
      error={add.error}
      disabled={!nameable.test(name)}
      onClose={onClose}
      onConfirm={() =>
        add.mutate(
          { name: `${to.name}@${name}`, connection: { base_url: url || undefined } },
          { onSuccess: (p) => void go({ to: "/providers", search: { provider: p.name } }) },
        )
      }
    >
      <Stack gap="sm">
        <TextInput
          label="Name"
          placeholder="local"
          data-autofocus
          value={name}
          error={wrong && "Small letters, digits, - and _, at most 32"}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <TextInput
          label="Address"
          placeholder={to.base_url}
          disabled={mayNotLead}
          value={url}
          onChange={(e) => setUrl(e.currentTarget.value)}
        />
        <Text c="dimmed" size="xs">
          Its key and price are entered next. What one connection bought, another does not buy again, unless it has
          another server's address.
        </Text>
      </Stack>
    </Confirm>
  );
}

function Remove({ of, onClose }: { of: Provider; onClose: () => void }) {
  const remove = useRemoveConnection();
  const go = useNavigate();
  return (
    <Confirm
      opened
      title={`Disconnect ${of.title}`}
      action="Disconnect"
      danger
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(of.name, { onSuccess: () => void go({ to: "/providers", search: { provider: of.provider } }) })
      }
    >
      <Text>Its key is deleted. What it was asked stays known.</Text>
    </Confirm>
  );
}
