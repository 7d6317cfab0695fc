import { Title } from "@mantine/core";
import type { Schemas } from "../../api/client";
import classes from "./RecordPanel.module.css";
import { ValueLine } from "./ValueLine";

type Value = Schemas["ValueDetail"];

/** What a record holds, and what its files had besides. */
export function Values({ record, shown = record.values }: { record: Schemas["RecordDetail"]; shown?: Value[] }) {
  return (
    <>
      <dl className={classes.values}>
        {shown.map((v) => (
          <ValueLine key={v.field} record={record} value={v} />
        ))}
      </dl>
      {record.unmapped.length > 0 && (
        <section>
          <Title order={3} mb={4}>
            Kept from the file, without a field
          </Title>
          <dl className={classes.values}>
            {record.unmapped.map((u) => (
              <div key={u.column} className={classes.line}>
                <dt>{u.column}</dt>
                <dd>{u.value}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </>
  );
}
