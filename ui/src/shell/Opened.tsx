import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { enrichmentQuery } from "../api/queries/enrichments";
import { PauseDialog } from "../pages/enrichments/dialogs/PauseDialog";
import { PointDialog } from "../pages/enrichments/dialogs/PointDialog";
import type { Act } from "./commands";

/** A dialog of an enrichment that was opened from the palette, above whatever page one is on. */
export default function Opened({ act, onClose }: { act: Extract<Act, { open: string }>; onClose: () => void }) {
  const go = useNavigate();
  const of = useQuery(enrichmentQuery(act.name)).data;
  if (!of) return null;
  if (act.open === "pause") return <PauseDialog of={of} opened onClose={onClose} />;
  const price = () => void go({ to: "/enrichments/$name", params: { name: of.name }, search: { tab: "start" } });
  return <PointDialog of={of} opened onClose={onClose} onPointed={price} />;
}
