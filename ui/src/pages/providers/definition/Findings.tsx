import { Anchor, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconX } from "@tabler/icons-react";
import type { Schemas } from "../../../api/client";
import { count } from "../../../ui/time";
import { spoken } from "../../../ui/words";

type Props = { of: Schemas["DefinitionReport"]; onLine: (line: number) => void };

/** What is wrong with a definition, line by line, and what its examples gave. */
export function Findings({ of, onLine }: Props) {
  const failed = of.fixtures.filter((f) => !f.ok).length;
  return (
    <Stack className="panel" p="md" gap={8} role="status" aria-label="What was found">
      <Text fw={600}>
        {of.ok
          ? of.guesses.length > 0
            ? `It holds together: ${count(of.fixtures.length, "example")} tested. ${count(of.guesses.length, "line")} to look up.`
            : `It is right: ${count(of.fixtures.length, "example")} tested.`
          : of.faults.length > 0
            ? `${count(of.faults.length, "error")}, nothing was tested.`
            : `${count(failed, "example")} of ${of.fixtures.length} came out otherwise.`}
      </Text>
      {of.faults.map((f) => (
        <Finding key={`${f.line} ${f.key} ${f.message}`} line={f.line} onLine={onLine} icon="wrong">
          {said(f.message)}{" "}
          <Text span inherit c="dimmed">
            {spoken(f.hint ?? "")}
          </Text>
        </Finding>
      ))}
      {of.fixtures.map((f) => (
        <Finding key={f.key} line={f.ok ? 0 : f.line} onLine={onLine} icon={f.ok ? "right" : "wrong"}>
          {f.name}
          {f.message && (
            <Text span inherit c="dimmed">
              : {f.message}
            </Text>
          )}
        </Finding>
      ))}
      {of.guesses.map((g) => (
        <Finding key={`guess ${g.line}`} line={g.line} onLine={onLine} icon="note">
          A guess: look up {g.what}, correct the line, and take its remark away.
        </Finding>
      ))}
      {of.warnings.map((w) => (
        <Finding key={w} line={0} onLine={onLine} icon="note">
          {w.replace(/^./, (c) => c.toUpperCase())}.
        </Finding>
      ))}
    </Stack>
  );
}

/** The line stands beside it already. */
const said = (message: string) => {
  const text = message.replace(/^line \d+: /, "");
  return `${text.replace(/^./, (c) => c.toUpperCase())}.`;
};

type FindingProps = {
  line: number;
  onLine: (line: number) => void;
  icon: "right" | "wrong" | "note";
  children: React.ReactNode;
};

function Finding({ line, onLine, icon, children }: FindingProps) {
  const Icon = { right: IconCheck, wrong: IconX, note: IconAlertTriangle }[icon];
  const color = { right: "teal", wrong: "red", note: "yellow" }[icon];
  return (
    <Group gap={8} wrap="nowrap" align="flex-start">
      <Icon
        size={16}
        color={`var(--mantine-color-${color}-6)`}
        style={{ flexShrink: 0, marginTop: 2 }}
        aria-label={{ right: "holds", wrong: "wrong", note: "note" }[icon]}
      />
      <Text style={{ overflowWrap: "anywhere" }}>
        {line > 0 && (
          <Anchor component="button" type="button" inherit underline="always" onClick={() => onLine(line)}>
            Line {line}
          </Anchor>
        )}
        {line > 0 && ": "}
        {children}
      </Text>
    </Group>
  );
}
