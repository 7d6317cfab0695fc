import { Skeleton, Stack, Text } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { explainQuery } from "../../api/queries/audiences";
import { valueText } from "../../grid/value";
import { ErrorNote } from "../../ui/ErrorNote";
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
