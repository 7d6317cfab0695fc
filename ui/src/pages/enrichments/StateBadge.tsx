import { Badge, Tooltip } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { readable } from "../../ui/time";
import { allDone } from "./LimitMeter";
import { limitReached } from "./next";
import { reasonLabel } from "./outcomes";

/** draft, live, or paused with its reason. */
export function StateBadge({ of }: { of: Schemas["EnrichmentView"] }) {
  if (of.piloting) return <Badge color="blue">pilot running</Badge>;
  if (limitReached(of)) return <Badge color="orange">live · limit reached</Badge>;
  if (of.state === "live" && !of.followed) return <Badge color="teal">live · nobody is following</Badge>;
  if (of.state === "live") return <Badge color="teal">{allDone(of) ? "live · all rows done" : "live"}</Badge>;
  if (of.state === "draft") return <Badge color="gray">draft</Badge>;
  const color = of.pause_reason === "finished" ? "gray" : of.pause_reason === "person" ? "blue" : "orange";
  return (
    <Tooltip label={readable(of.pause_detail ?? "")} disabled={!of.pause_detail} multiline maw={340}>
      <Badge color={color}>
        {of.pause_reason === "finished" ? "finished" : `paused · ${reasonLabel(of.pause_reason)}`}
      </Badge>
    </Tooltip>
  );
}
