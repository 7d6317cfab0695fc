import { Skeleton, Stack, Text } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Entity, Schemas } from "../../api/client";
import { explainQuery, explainWhereQuery } from "../../api/queries/audiences";
import { valueText } from "../../grid/value";
import { ErrorNote } from "../../ui/ErrorNote";
import { deciding } from "./deciding";
import classes from "./Explain.module.css";

/** Why a record is in an audience, or why not, clause by clause. */
export function WhyMember({ audience, record }: { audience: string; record: number }) {
  const why = useQuery(explainQuery(audience, record));
  if (why.error) return <ErrorNote error={why.error} />;
  if (!why.data) return <Skeleton height={80} />;
  return (
    <Stack gap={6}>
      <Text>
        {why.data.true ? "It is in " : "It is not in "}
        <strong>{audience}</strong>
        {why.data.true ? ", because all of this holds:" : ", because of what does not hold:"}
      </Text>
      <Clause e={why.data} />
    </Stack>
  );
}

/** Whether what is being written holds for a record, and which of its conditions decide. */
export function WhyWritten({ entity, where, record }: { entity: Entity; where: string; record: number }) {
  const why = useQuery({ ...explainWhereQuery(entity, where, record), placeholderData: keepPreviousData });
  if (why.error) return <Text c="dimmed">The filter cannot be read yet.</Text>;
  if (!why.data) return <Skeleton height={40} />;
  const parts = deciding(why.data);
  return (
    <div aria-live="polite" aria-busy={why.isPlaceholderData} style={{ opacity: why.isPlaceholderData ? 0.55 : 1 }}>
      <Text>
        <strong>{why.data.true ? "In" : "Not in"}</strong>
        {why.data.true ? ", because of what holds:" : ", because of:"}
      </Text>
      {parts.map((e, i) => (
        <Clause key={i} e={{ ...e, clauses: undefined }} />
      ))}
      {parts.length > 0 && (why.data.clauses?.length ?? 0) > parts.length && (
        <details>
          <Text component="summary" size="xs" c="dimmed" style={{ cursor: "pointer" }}>
            Every condition
          </Text>
          <Clause e={why.data} />
        </details>
      )}
    </div>
  );
}

function Clause({ e }: { e: Schemas["Explanation"] }) {
  return (
    <div className={classes.clause}>
      <div className={classes.head}>
        {e.true ? (
          <IconCheck size={14} color="var(--fettle-found)" aria-label="holds" />
        ) : (
          <IconX size={14} color="var(--fettle-failed)" aria-label="does not hold" />
        )}
        <code>{e.text}</code>
      </div>
      {e.values?.map((v) => (
        <div key={v.field} className={classes.values}>
          {v.field}: {v.value === null || v.value === undefined ? <em>blank</em> : valueText(v.value)}
        </div>
      ))}
      {e.clauses && (
        <div className={classes.inner}>
          {e.clauses.map((c, i) => (
            <Clause key={i} e={c} />
          ))}
        </div>
      )}
    </div>
  );
}
