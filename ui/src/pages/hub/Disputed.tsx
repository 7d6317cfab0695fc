import { Anchor, Table } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { grouped } from "../../ui/grouped";

type Hub = Schemas["HubView"];

/** Whether any of the fields is disputed: else there is no column for it. */
export const anyDisputed = (fields: Schemas["HubField"][]) => fields.some((f) => f.disputed > 0);

/** How many values of a field are disputed, and the way to them. */
export function DisputedCell({ of: f, hub }: { of: Schemas["HubField"]; hub: Hub }) {
  const search = { where: `disputed(${f.field})` };
  const text = grouped(f.disputed);
  const words = {
    inherit: true,
    "aria-label": `${text} of ${f.label} disputed`,
    title: "Sources disagree about these values. Look at them, and choose one of each.",
    onClick: (e: React.MouseEvent) => e.stopPropagation(), // the row leads elsewhere
  };
  return (
    <Table.Td ta="right" className="tabular" data-label={f.disputed > 0 ? "Disputed" : undefined}>
      {f.disputed > 0 &&
        (hub.audience ? (
          <Anchor
            {...words}
            renderRoot={(props) => (
              <Link to="/audiences/$name" params={{ name: hub.audience ?? "" }} search={search} {...props} />
            )}
          >
            {text}
          </Anchor>
        ) : (
          <Anchor {...words} renderRoot={(props) => <Link to={`/${hub.entity}`} search={search} {...props} />}>
            {text}
          </Anchor>
        ))}
    </Table.Td>
  );
}
