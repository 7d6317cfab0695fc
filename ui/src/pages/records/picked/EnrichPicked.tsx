import { SegmentedControl, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../../api/client";
import { enrichmentsQuery } from "../../../api/queries/enrichments";
import { Confirm } from "../../../ui/Confirm";
import { useGuarded } from "../../../ui/Guarded";
import { choices } from "../../../ui/labels";
import { useWhyNot } from "../../../ui/Permitted";
import { Picker } from "../../../ui/Picker";
import { takesBack, useUndo } from "../../../undo/Undo";
import { RunFacts, useRunOf } from "../cell/RunRows";
import { addToList } from "./list";
import { nameOf, type PickedOf } from "./PickedBar";

type Props = { of: PickedOf; audience?: string; onClose: () => void; onDone: () => void };

/** Enriches the picked records: with an enrichment that is there, just these, or with a new one. */
export function EnrichPicked(props: Props) {
  const all = useQuery(enrichmentsQuery).data?.items ?? [];
  const ready = all.filter((e) => e.entity === props.of.entity && (e.state !== "draft" || e.limit));
  const mayNot = useWhyNot("spend");
  const [chosen, setNew] = useState<boolean>();
  const made = chosen ?? (ready.length === 0 || mayNot !== undefined);
  const switches = ready.length > 0 && (
    <SegmentedControl
      aria-label="With which enrichment"
      value={made ? "new" : "there"}
      onChange={(v) => setNew(v === "new")}
      data={[
        { value: "there", label: "One that is there", disabled: mayNot !== undefined },
        { value: "new", label: "A new one" },
      ]}
    />
  );
  return made ? <WithNew {...props} switches={switches} /> : <WithOne {...props} ready={ready} switches={switches} />;
}

type Switched = Props & { switches: React.ReactNode };

/** Buys just the picked records in an enrichment that is there, by their price. */
function WithOne({ of, ready, switches, onClose, onDone }: Switched & { ready: Schemas["EnrichmentView"][] }) {
  const [name, setName] = useState<string | null>(ready.length === 1 ? (ready[0]?.name ?? null) : null);
  const e = ready.find((r) => r.name === name);
  const it = useRunOf(e, of.choice, onDone);
  return (
    <Confirm
      opened
      size="lg"
      title={`Enrich ${nameOf(of.entity, of.count)}`}
      action={it.action}
      busy={it.busy}
      disabled={it.off}
      error={it.error}
      onClose={onClose}
      onConfirm={it.run}
    >
      {switches}
      <Picker
        label="Enrichment"
        placeholder="Choose one"
        data-autofocus={name === null || undefined}
        data={choices(ready)}
        value={name}
        onChange={setName}
      />
      {e && <RunFacts of={e} it={it} />}
    </Confirm>
  );
}

/**
 * Leads to a new enrichment of the picked records. An enrichment asks for an
 * audience: they become a list, unless they are an audience already.
 */
function WithNew({ of, audience, switches, onClose, onDone }: Switched) {
  const [list, setList] = useState(() => `Selected ${new Date().toLocaleDateString("en-US")}`);
  const go = useNavigate();
  const { did } = useUndo();
  const name = list.trim().replaceAll(";", ",");
  const lead = (to: string) =>
    void go({
      to: "/enrichments/new",
      search: { audience: to, entity: of.entity === "companies" ? of.entity : undefined },
    });
  const save = useGuarded(
    async (confirm) => (audience ? { audience } : await addToList(of, name, confirm)),
    (v) => {
      if ("done" in v && v.done.set) {
        const what = `${nameOf(of.entity, v.done.change.records)} added to ${name}`;
        did({ what, set: v.done.set }, `${what}. ${takesBack}`);
      }
      onDone();
      lead(v.audience);
    },
  );
  const who = nameOf(of.entity, of.count);
  return (
    <>
      <Confirm
        opened
        title={`Enrich ${who}`}
        action="Go on to the enrichment"
        busy={save.busy}
        disabled={!audience && name === ""}
        error={save.error}
        onClose={onClose}
        onConfirm={save.run}
      >
        {switches}
        {audience ? (
          <Text>These are all of {audience}. The next page asks what to find for them.</Text>
        ) : (
          <>
            <TextInput
              label="Name for these records"
              data-autofocus
              value={list}
              onChange={(e) => setList(e.currentTarget.value)}
            />
            <Text>They become a list of that name. The next page asks what to find for them.</Text>
          </>
        )}
        <Text c="dimmed">Nothing is bought before you have seen its price.</Text>
      </Confirm>
      {save.ask({ title: "This would spend", action: "Add them and let them buy" })}
    </>
  );
}
