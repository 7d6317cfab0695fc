import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import {
  IconBuilding,
  IconChartBar,
  IconCornerDownRight,
  IconPlayerPlay,
  IconSearch,
  IconSparkles,
  IconUser,
  IconUsersGroup,
} from "@tabler/icons-react";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useState } from "react";
import type { Entity } from "../api/client";
import { audiencesQuery } from "../api/queries/audiences";
import { enrichmentsQuery } from "../api/queries/enrichments";
import { recordQuery, sampleQuery } from "../api/queries/records";
import { statusQuery } from "../api/queries/workspace";
import { Dialog } from "../ui/Dialog";
import { called } from "../ui/labels";
import { type Act, acts, found, type Item, pages } from "./commands";
import classes from "./Palette.module.css";
import { recent, remember } from "./recent";

type Props = {
  typed: string;
  onType: (text: string) => void;
  onClose: () => void;
  onOpen: (act: Extract<Act, { open: string }>) => void;
};

/** ⌘K: goes to every page, audience, enrichment and record by name, and does what can be done. */
export default function Palette({ typed, onType, onClose, onOpen }: Props) {
  const [at, setAt] = useState(0);
  const go = useNavigate();
  const items = useItems(typed);
  const here = items[at]?.id;
  useEffect(() => {
    if (here) document.getElementById(`palette-${here}`)?.scrollIntoView({ block: "nearest" });
  }, [here]);
  const choose = (item: Item | undefined) => {
    if (!item) return;
    remember(item.id);
    onClose();
    if ("open" in item.act) onOpen(item.act);
    else void go({ href: item.act.href });
  };
  const onKey = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) {
      e.preventDefault();
      setAt((i) => Math.max(0, Math.min(items.length - 1, i + step)));
    }
    if (e.key === "Enter") choose(items[at]);
  };
  return (
    <Dialog
      opened
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size="lg"
      centered={false}
      yOffset="12vh"
      label="Search"
    >
      <TextInput
        size="md"
        variant="unstyled"
        px="md"
        py={4}
        role="combobox"
        aria-label="Search pages, actions, audiences, enrichments and records"
        aria-expanded
        aria-controls="palette-items"
        aria-activedescendant={items[at] ? `palette-${items[at].id}` : undefined}
        placeholder="Go to anything, or type what to do: pause, raise the limit, import…"
        leftSection={<IconSearch size={16} />}
        value={typed}
        onChange={(e) => {
          onType(e.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <div className={classes.items} role="listbox" id="palette-items" aria-label="Results">
        {items.map((item, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keys
          <div
            key={item.id}
            id={`palette-${item.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === at}
            className={classes.item}
            onMouseMove={() => setAt(i)}
            onClick={() => choose(item)}
          >
            <Icon of={item} />
            <span className={classes.what}>
              {item.label}
              {item.detail && <span className={classes.detail}>{item.detail}</span>}
            </span>
            <span className={classes.kind}>{item.kind}</span>
          </div>
        ))}
        {items.length === 0 && <div className={classes.none}>No results.</div>}
      </div>
    </Dialog>
  );
}

const icons: Record<string, typeof IconUser> = {
  Action: IconPlayerPlay,
  Audience: IconUsersGroup,
  "Data Hub": IconChartBar,
  Enrichment: IconSparkles,
  Person: IconUser,
  Company: IconBuilding,
};

function Icon({ of }: { of: Item }) {
  const Shape = icons[of.kind] ?? IconCornerDownRight;
  return <Shape size={15} stroke={1.7} className={classes.icon} aria-hidden />;
}

function useItems(typed: string): Item[] {
  const [search] = useDebouncedValue(typed.trim(), 150);
  const who = useQuery(statusQuery).data;
  const audiences = useQuery(audiencesQuery).data?.items ?? [];
  const enrichments = useQuery(enrichmentsQuery).data?.items ?? [];
  const [last] = useState(() => recent());
  const wanted = search.length >= 2;
  const some = (entity: Entity) => ({
    ...sampleQuery({ entity, search, fields: shown[entity].join(",") }, 5),
    enabled: wanted,
  });
  const people = useQuery(some("people")).data?.items ?? [];
  const companies = useQuery(some("companies")).data?.items ?? [];
  const before = useQueries({
    queries: last
      .filter((id) => /^r-\d+$/.test(id))
      .map((id) => ({ ...recordQuery(Number(id.slice(2))), retry: false })),
  }).flatMap((q) => (q.data ? [q.data] : []));

  const all: Item[] = [
    ...audiences.flatMap((a): Item[] => [
      {
        id: `a-${a.name}`,
        kind: "Audience",
        label: a.label,
        words: `audience segment list ${a.name}`,
        act: audienceAt(a.name),
      },
      {
        id: `h-${a.name}`,
        kind: "Data Hub",
        label: `Data Hub of ${a.label}`,
        words: `fill rates ${a.name}`,
        act: { href: `/?audience=${encodeURIComponent(a.name)}` },
      },
    ]),
    ...enrichments.map((e): Item => {
      return {
        id: `e-${e.name}`,
        kind: "Enrichment",
        label: e.label,
        words: `enrichment ${e.name}`,
        act: enrichmentAt(e.name),
      };
    }),
    ...enrichments.flatMap((e) => acts(e, who, (name) => called(name, audiences))),
  ];
  const records = wanted
    ? [...people.map((r) => recordItem("people", r)), ...companies.map((r) => recordItem("companies", r))]
    : [];
  const known = typed.trim() ? [] : before.map((r) => recordItem(r.entity, { id: r.id, values: valuesOf(r.values) }));
  return [...found([...pages(who), ...all, ...known], typed, last), ...records];
}

/** What a record is known by: its name, and then what tells it from others of that name. */
const shown = {
  people: ["name", "title", "company_domain", "email"],
  companies: ["name", "domain", "industry"],
} as const;

function recordItem(entity: Entity, r: { id: number; values?: unknown }): Item {
  const values = (r.values ?? {}) as Record<string, unknown>;
  const [name, ...rest] = shown[entity].map((f) => values[f]).map((v) => (typeof v === "string" ? v : ""));
  return {
    id: `r-${r.id}`,
    kind: entity === "people" ? "Person" : "Company",
    label: name || `#${r.id}`,
    detail: rest.filter(Boolean).join(" · "),
    words: "",
    act: { href: `/${entity}?record=${r.id}` },
  };
}

const valuesOf = (list: { field: string; value?: unknown }[]) =>
  Object.fromEntries(list.map((v) => [v.field, v.value]));
const audienceAt = (name: string) => ({ href: `/audiences/${encodeURIComponent(name)}` });
const enrichmentAt = (name: string) => ({ href: `/enrichments/${encodeURIComponent(name)}` });
