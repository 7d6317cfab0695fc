import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useCheckDefinition, useRemoveDefinition, useSaveDefinition } from "../../../api/queries/providers";
import { Confirm } from "../../../ui/Confirm";
import { ErrorNote } from "../../../ui/ErrorNote";
import { May, useWhyNot, WhyNot } from "../../../ui/Permitted";
import { Ask } from "./Ask";
import { Findings } from "./Findings";
import { copyOf, lineAt } from "./text";

type Props = { text: string; of?: string; shipped?: boolean };

/** A definition as text, with what is wrong beside its lines and what its examples gave. */
export function Editor({ text: before, of, shipped }: Props) {
  const [text, setText] = useState(before);
  const [copied, setCopied] = useState(false);
  const [removing, setRemoving] = useState(false);
  const check = useCheckDefinition();
  const save = useSaveDefinition();
  const go = useNavigate();
  const area = useRef<HTMLTextAreaElement>(null);
  const reads = Boolean(useWhyNot("edit"));
  const fixed = Boolean(shipped) && !copied;
  const checked = check.data && check.variables?.definition === text ? check.data : undefined;
  const show = (line: number) => {
    const at = area.current;
    if (!at || line < 1) return;
    at.focus();
    at.setSelectionRange(...lineAt(text, line));
    at.scrollTop = ((line - 4) / Math.max(1, text.split("\n").length)) * at.scrollHeight;
  };
  const keep = () =>
    check.mutate(
      { definition: text },
      {
        onSuccess: (found) => {
          if (!found.ok) return;
          save.mutate(text, {
            onSuccess: () => {
              notifications.show({
                id: `defined ${found.id}`,
                message: `${found.id} is saved. Give it a key and a price.`,
              });
              void go({ to: "/providers", search: { provider: found.id } });
            },
          });
        },
      },
    );
  return (
    <Stack gap="sm">
      {fixed && (
        <Group className="panel" p="sm" justify="space-between">
          <Text>It ships with the program and stays as it is. A copy can be changed.</Text>
          <May to="rule">
            <Button
              variant="default"
              onClick={() => {
                setText(copyOf(text, of ?? ""));
                setCopied(true);
              }}
            >
              Change a copy
            </Button>
          </May>
        </Group>
      )}
      <Textarea
        ref={area}
        aria-label="Definition"
        classNames={{ input: "mono" }}
        autosize={false}
        styles={{
          input: {
            whiteSpace: "pre",
            overflow: "auto",
            fontSize: 12.5,
            lineHeight: 1.5,
            height: "min(62vh, 640px)",
          },
        }}
        spellCheck={false}
        readOnly={fixed || reads}
        value={text}
        onChange={(e) => setText(e.currentTarget.value)}
      />
      {checked && <Findings of={checked} onLine={show} />}
      {check.data && !checked && <Text c="dimmed">The text has changed since it was checked.</Text>}
      <ErrorNote error={check.error ?? save.error} />
      <Group>
        <May to="edit">
          <Button variant="default" loading={check.isPending} onClick={() => check.mutate({ definition: text })}>
            Check
          </Button>
        </May>
        {!fixed && (
          <May to="rule">
            <Button loading={save.isPending} disabled={text === before && of !== undefined && !copied} onClick={keep}>
              {of && !copied ? "Save" : "Add it"}
            </Button>
          </May>
        )}
        {of && !shipped && (
          <May to="rule">
            <Button variant="subtle" color="red" onClick={() => setRemoving(true)}>
              Take it away
            </Button>
          </May>
        )}
        {!fixed && <WhyNot to="rule" />}
      </Group>
      {checked?.ok && checked.free_call && !fixed && <Ask definition={text} call={checked.free_call} />}
      {removing && of && <Remove of={of} onClose={() => setRemoving(false)} />}
    </Stack>
  );
}

function Remove({ of, onClose }: { of: string; onClose: () => void }) {
  const remove = useRemoveDefinition();
  const go = useNavigate();
  return (
    <Confirm
      opened
      danger
      title={`Take ${of} away`}
      action="Take it away"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate(of, { onSuccess: () => void go({ to: "/providers" }) })}
    >
      <Text>
        Its key and price go with it. What it was asked and what it found stay known, so that nothing is bought twice.
      </Text>
    </Confirm>
  );
}
