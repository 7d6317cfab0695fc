import { useQuery } from "@tanstack/react-query";
import { enrichmentQuery } from "../api/queries/enrichments";
import { PauseDialog } from "../pages/enrichments/dialogs/PauseDialog";
import { PointDialog } from "../pages/enrichments/dialogs/PointDialog";
import type { Act } from "./commands";

/** A dialog of an enrichment that was opened from the palette, above whatever page one is on. */
export default function Opened({ act, onClose }: { act: Extract<Act, { open: string }>; onClose: () => void }) {
  const of = useQuery(enrichmentQuery(act.name)).data;
  if (!of) return null;
  if (act.open === "pause") return <PauseDialog of={of} opened onClose={onClose} />;
  return <PointDialog of={of} opened onClose={onClose} />;
}
