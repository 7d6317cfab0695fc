import { Menu } from "@mantine/core";
import {
  IconAdjustments,
  IconArrowsMaximize,
  IconCoins,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schemas } from "../../../api/client";
import { statusQuery } from "../../../api/queries/workspace";
import { standing } from "../../../grid/fillers";
import { type Act, type Action, headOf } from "../../enrichments/machine";

type Enrichment = Schemas["EnrichmentView"];

/** What is asked about an enrichment from the head of its column. */
export type Asked = { of: Enrichment; act: "pause" | "rerun" };

const icons: Partial<Record<Act, ReactNode>> = {
  price: <IconPlayerPlay size={14} />,
  limit: <IconAdjustments size={14} />,
  grant: <IconCoins size={14} />,
  pause: <IconPlayerPause size={14} />,
  rerun: <IconRefresh size={14} />,
};

/** The enrichments of a column in its menu: how each stands, and what the head of its page offers. */
export function EnrichmentItems({ of, onAsk }: { of: readonly Enrichment[]; onAsk: (a: Asked) => void }) {
  const who = useQuery(statusQuery).data;
  const go = useNavigate();
  const press = (e: Enrichment, { act }: Action) => {
    if (act === "pause" || act === "rerun") onAsk({ of: e, act });
    else if (act === "grant") void go({ to: "/credits" });
    else void go({ to: `/enrichments/${e.name}`, search: { tab: act === "limit" ? "limit" : "start" } });
  };
  return of.map((e) => {
    const { primary, others } = headOf(e, who, "");
    const offered = [primary, others.find((a) => a.act === "rerun")].filter((a) => a !== undefined);
    return [
      <Menu.Label key={`${e.name} stands`}>
        {e.label}: {standing(e)}
      </Menu.Label>,
      <Menu.Item
        key={e.name}
        leftSection={<IconArrowsMaximize size={14} />}
        renderRoot={(props) => <Link to={`/enrichments/${e.name}`} {...props} />}
      >
        Open {e.label}
      </Menu.Item>,
      ...offered.map((a) => (
        <Menu.Item
          key={`${e.name} ${a.act}`}
          leftSection={icons[a.act]}
          disabled={Boolean(a.why)}
          title={a.why}
          aria-description={a.why}
          onClick={() => press(e, a)}
        >
          {a.label}
          {a.act === "pause" || a.act === "rerun" ? "…" : ""}
        </Menu.Item>
      )),
    ];
  });
}
