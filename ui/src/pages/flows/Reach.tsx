import { Button, Group, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Destination, destinationQuery, useSetDestination } from "../../api/queries/flows";
import { Changed, differences, isChanged } from "../../ui/Changed";
import { ErrorNote } from "../../ui/ErrorNote";
import { Only } from "../../ui/Permitted";
import { useTag } from "../../ui/useTag";
import { faultOf } from "../enrichments/editor/fault";

/** How a destination is reached: its key, and another address than the service's own. */
export function Reach({ of }: { of: Destination }) {
  const set = useSetDestination(of.name);
  const now = useQuery(destinationQuery(of.name));
  const [key, setKey] = useState("");
  const [typed, setTyped] = useState<string>();
  const stands = of.base_url ?? "";
  const address = typed ?? stands;
  const moves = address.trim() !== stands;
  const changed = key !== "" || moves;
  const tag = useTag(of.tag, changed);
  const fault = faultOf(set.error);
  const give = () => {
    setKey("");
    setTyped(undefined);
  };
  const submit = (as: string | undefined) =>
    set.mutate({ ...(key && { key }), ...(moves && { base_url: address.trim() }), tag: as }, { onSuccess: give });
  // One of one's own has its address in what it sends.
  const elsewhere = Boolean(of.to || stands) && of.state === "off";
  if (!of.needs_key && !elsewhere) return null;
  return (
    <Only to="rule">
      <form
        aria-label="How it is reached"
        onSubmit={(e) => {
          e.preventDefault();
          if (changed) submit(tag);
        }}
      >
        <Stack gap="xs">
          <Group gap="xs" align="flex-start">
            {of.needs_key && (
              <PasswordInput
                label={`Key of ${of.service || of.label}`}
                placeholder={of.has_key ? "It has one; type another to replace it" : "It has none"}
                value={key}
                onChange={(e) => setKey(e.currentTarget.value)}
                style={{ flex: "1 1 240px" }}
                autoComplete="off"
              />
            )}
            {elsewhere && (
              <TextInput
                label="Another address"
                placeholder={`https://${of.host}`}
                value={address}
                error={fault?.key === "base_url" ? fault.text : undefined}
                onChange={(e) => setTyped(e.currentTarget.value)}
                description={moves && of.has_key ? "Its key is for the server of before, and goes with it." : undefined}
                inputWrapperOrder={["label", "input", "description", "error"]}
                style={{ flex: "1 1 240px" }}
                autoComplete="off"
              />
            )}
            <Button mt={20} type="submit" variant="default" loading={set.isPending} disabled={!changed}>
              Save
            </Button>
          </Group>
          {isChanged(set.error) ? (
            <Changed
              error={set.error}
              differs={
                of.tag === tag
                  ? undefined
                  : differences([
                      ["Address", stands, address.trim()],
                      ["Key", of.has_key ? "one is kept" : "", key && "the one typed here"],
                    ])
              }
              busy={set.isPending}
              reload={() => void now.refetch()}
              onKeep={() => submit(of.tag)}
              onTake={() => {
                set.reset();
                give();
              }}
            />
          ) : (
            fault?.key !== "base_url" && <ErrorNote error={set.error} />
          )}
        </Stack>
      </form>
    </Only>
  );
}
