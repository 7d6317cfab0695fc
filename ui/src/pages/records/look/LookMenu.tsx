import {
  ActionIcon,
  Button,
  Group,
  NativeSelect,
  Popover,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconPalette, IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { Schemas } from "../../../api/client";
import { conditions, conditionsOf, tints, wantsValue } from "../../../grid/colors";
import { isSignals } from "../../../grid/signal";
import tintClasses from "../../../grid/Tint.module.css";
import type { ColorRule, View } from "../../../grid/view";
import type { Height } from "../../../grid/window";
import { Picker } from "../../../ui/Picker";
import classes from "./LookMenu.module.css";

type Props = { fields: Schemas["Field"][]; view: View; onView: (v: View) => void };

const mostRules = 50;

/** How the rows look: their height, and which cells are tinted. */
export function LookMenu({ fields, view, onView }: Props) {
  const [opened, setOpened] = useState(false);
  const rules = view.colors ?? [];
  const own = fields.filter((f) => !isSignals(f.field));
  const set = (colors: ColorRule[]) => onView({ ...view, colors: colors.length ? colors : undefined });
  const first = own.find((f) => !view.hidden.includes(f.field));
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" width={640} trapFocus>
      <Popover.Target>
        <Button
          variant={rules.length ? "light" : "subtle"}
          color={rules.length ? undefined : "gray"}
          leftSection={<IconPalette size={14} />}
          onClick={() => setOpened((o) => !o)}
        >
          {rules.length ? `Look · ${rules.length}` : "Look"}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="96vw" mah="80vh" style={{ overflowY: "auto" }} aria-label="Look">
        <Stack gap="sm">
          <Group gap="sm">
            <Text id="row-height" fw={550}>
              Row height
            </Text>
            <SegmentedControl
              aria-labelledby="row-height"
              value={view.height ?? "low"}
              onChange={(h) => onView({ ...view, height: h === "low" ? undefined : (h as Height) })}
              data={[
                { value: "low", label: "Short" },
                { value: "middle", label: "Medium" },
                { value: "high", label: "Tall" },
              ]}
            />
          </Group>
          <Text fw={550}>Colours of cells</Text>
          {rules.length === 0 && <Text c="dimmed">Tint the cells of a field that are as you say.</Text>}
          {rules.map((rule, i) => (
            <Rule
              key={i}
              n={i + 1}
              rule={rule}
              fields={own}
              onChange={(next) => set(rules.map((r, j) => (j === i ? next : r)))}
              onRemove={() => set(rules.filter((_, j) => j !== i))}
            />
          ))}
          {rules.length > 1 && <Text c="dimmed">Of several that hold, the first one tints.</Text>}
          <Button
            variant="subtle"
            leftSection={<IconPlus size={14} />}
            style={{ alignSelf: "flex-start" }}
            disabled={!first || rules.length >= mostRules}
            onClick={() => first && set([...rules, { field: first.field, is: "blank", tint: nextTint(rules) }])}
          >
            Colour
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

const all = Object.keys(tints) as ColorRule["tint"][];
const nextTint = (rules: ColorRule[]) => all.find((t) => !rules.some((r) => r.tint === t)) ?? "red";

type RuleProps = {
  n: number;
  rule: ColorRule;
  fields: Schemas["Field"][];
  onChange: (r: ColorRule) => void;
  onRemove: () => void;
};

function Rule({ n, rule, fields, onChange, onRemove }: RuleProps) {
  const type = fields.find((f) => f.field === rule.field)?.type;
  const can = conditionsOf(type);
  return (
    <fieldset className={classes.rule} aria-label={`Colour ${n}`}>
      <Picker
        aria-label="Field"
        className={classes.field}
        comboboxProps={{ withinPortal: false }}
        data={fields.map((f) => ({ value: f.field, label: f.label }))}
        value={rule.field}
        onChange={(field) => {
          if (!field) return;
          const now = conditionsOf(fields.find((f) => f.field === field)?.type);
          onChange({ ...rule, field, is: now.includes(rule.is) ? rule.is : "filled" });
        }}
      />
      <NativeSelect
        aria-label="Condition"
        data={can.map((is) => ({ value: is, label: conditions[is] }))}
        value={rule.is}
        onChange={(e) => onChange({ ...rule, is: e.currentTarget.value as ColorRule["is"] })}
      />
      {wantsValue(rule.is) && (
        <TextInput
          aria-label="Value"
          className={classes.value}
          value={rule.value ?? ""}
          onChange={(e) => onChange({ ...rule, value: e.currentTarget.value })}
        />
      )}
      <span className={`${tintClasses.tint} ${classes.swatch}`} data-tint={rule.tint} aria-hidden>
        {tints[rule.tint].mark}
      </span>
      <NativeSelect
        aria-label="Tint"
        data={all.map((t) => ({ value: t, label: tints[t].label }))}
        value={rule.tint}
        onChange={(e) => onChange({ ...rule, tint: e.currentTarget.value as ColorRule["tint"] })}
      />
      <ActionIcon aria-label={`Remove colour ${n}`} onClick={onRemove}>
        <IconX size={14} />
      </ActionIcon>
    </fieldset>
  );
}
