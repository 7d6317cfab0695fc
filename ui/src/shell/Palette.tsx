import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useState } from "react";
import { audiencesQuery } from "../api/queries/audiences";
import { enrichmentsQuery } from "../api/queries/enrichments";
import { sampleQuery } from "../api/queries/records";
import { Dialog } from "../ui/Dialog";
import { useWhyNot } from "../ui/Permitted";
import classes from "./Palette.module.css";

type Item = { id: string; kind: string; label: string; words: string; go: () => void };

/** ⌘K: every page, audience, enrichment and record by name. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const items = useItems(typed);
  const choose = (item: Item | undefined) => {
    if (!item) return;
    onClose();
    item.go();
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
        autoFocus
        role="combobox"
        aria-label="Search pages, audiences, enrichments and records"
        aria-expanded
        aria-controls="palette-items"
        aria-activedescendant={items[at] ? `palette-${items[at].id}` : undefined}
        placeholder="Search pages, audiences, enrichments, people, companies…"
        leftSection={<IconSearch size={16} />}
        value={typed}
        onChange={(e) => {
          setTyped(e.currentTarget.value);
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
            <span>{item.label}</span>
            <span className={classes.kind}>{item.kind}</span>
          </div>
        ))}
        {items.length === 0 && <div className={classes.none}>Nothing has that name.</div>}
      </div>
    </Dialog>
  );
}

function useItems(typed: string): Item[] {
  const go = useNavigate();
  const [search] = useDebouncedValue(typed.trim(), 150);
  const audiences = useQuery(audiencesQuery).data?.items ?? [];
  const enrichments = useQuery(enrichmentsQuery).data?.items ?? [];
  const mayEdit = useWhyNot("edit") === undefined;
  const wanted = search.length >= 2;
  const people = useQuery({ ...sampleQuery({ entity: "people", search, fields: "name" }, 5), enabled: wanted }).data;
  const companies = useQuery({
    ...sampleQuery({ entity: "companies", search, fields: "name" }, 5),
    enabled: wanted,
  }).data;

  const pages: [string, string, string][] = [
    ["Data Hub", "/", "home fill rates health dashboard"],
    ["People", "/people", "records contacts"],
    ["Companies", "/companies", "records accounts"],
    ...(mayEdit
      ? ([
          ["New person", "/people?new=true", "add create contact record"],
          ["New company", "/companies?new=true", "add create account record"],
        ] satisfies [string, string, string][])
      : []),
    ["Audiences", "/audiences", "segment list filter"],
    ["New audience", "/audiences/new", "segment list filter create"],
    ["Signals", "/signals", "job change events rules hooks"],
    ["Enrichments", "/enrichments", ""],
    ["New enrichment", "/enrichments/new", "create waterfall"],
    ["Credits", "/credits", "spend balance journal limit money"],
    ["Import", "/import", "csv upload"],
    ["Providers", "/providers", "keys prices models"],
    ["Notifications", "/notifications", ""],
    ["Settings", "/settings", "tokens audit channels slack email webhook"],
  ];
  const all: Item[] = [
    ...pages.map(([label, to, words]) => ({
      id: to.replaceAll(/[/?=]/g, "-"),
      kind: "Page",
      label,
      words,
      go: () => void go({ href: to }),
    })),
    ...audiences.flatMap((a) => [
      {
        id: `a-${a.name}`,
        kind: "Audience",
        label: a.name,
        words: "audience segment list",
        go: () => void go({ to: "/audiences/$name", params: { name: a.name } }),
      },
      {
        id: `h-${a.name}`,
        kind: "Data Hub",
        label: `Data Hub of ${a.name}`,
        words: "fill rates",
        go: () => void go({ to: "/", search: { audience: a.name } }),
      },
    ]),
    ...enrichments.map((e) => ({
      id: `e-${e.name}`,
      kind: "Enrichment",
      label: e.name,
      words: "enrichment",
      go: () => void go({ to: "/enrichments/$name", params: { name: e.name } }),
    })),
  ];
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const named = all.filter((i) => words.every((w) => `${i.label} ${i.words}`.toLowerCase().includes(w)));
  const records = (entity: "people" | "companies", page: typeof people) =>
    (wanted ? (page?.items ?? []) : []).map((r) => ({
      id: `r-${r.id}`,
      kind: entity === "people" ? "Person" : "Company",
      label: String((r.values as Record<string, unknown>).name ?? `#${r.id}`),
      words: "",
      go: () => void go({ to: `/${entity}`, search: { record: r.id } }),
    }));
  return [...named.slice(0, 12), ...records("people", people), ...records("companies", companies)];
}
