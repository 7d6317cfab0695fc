import { Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Entity } from "../../api/client";
import { countWhereQuery } from "../../api/queries/audiences";
import { sampleQuery } from "../../api/queries/records";
import { grouped } from "../../ui/grouped";
import { without } from "../../ui/where";
import classes from "./Preview.module.css";

const few = 5;

/** Who an expression holds; and, where it takes the place of another, who comes in and who falls out. */
export function Preview({ entity, where, was }: { entity: Entity; where: string; was?: string }) {
  const [rested] = useDebouncedValue(where, 300);
  const changed = was !== undefined && was.trim() !== rested.trim();
  return (
    <div className={classes.preview} aria-live="polite">
      {changed && <Some title="Fall out" entity={entity} where={without(was, rested)} counted />}
      {changed && <Some title="Come in" entity={entity} where={without(rested, was)} counted />}
      <Some title="Some who are in" entity={entity} where={rested} />
    </div>
  );
}

function Some({ title, entity, where, counted }: { title: string; entity: Entity; where: string; counted?: boolean }) {
  const second = entity === "people" ? "title" : "domain";
  const some = useQuery({
    ...sampleQuery({ entity, where, fields: `name,${second}` }, few),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const count = useQuery({ ...countWhereQuery(entity, where), enabled: counted === true });
  if (some.error || !some.data) return null;
  if (counted && count.data?.count === 0) return null;
  const list = some.data.items.map((r) => ({ id: r.id, values: r.values as Record<string, unknown> }));
  return (
    <section aria-label={title}>
      <Text size="xs" c="dimmed" component="h3" m={0}>
        {title}
        {counted && count.data ? ` · ${grouped(count.data.count)}` : ""}
      </Text>
      {list.length === 0 ? (
        <Text size="xs">{entity === "people" ? "Nobody" : "None"}</Text>
      ) : (
        <ul>
          {list.map((r) => (
            <li key={r.id} className="clip">
              {String(r.values.name ?? `#${r.id}`)}
              {typeof r.values[second] === "string" && <span> · {r.values[second]}</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
