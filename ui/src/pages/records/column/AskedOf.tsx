import { useQuery } from "@tanstack/react-query";
import { enrichmentQuery } from "../../../api/queries/enrichments";
import { PauseDialog } from "../../enrichments/dialogs/PauseDialog";
import { RerunDialog } from "../../enrichments/dialogs/RerunDialog";
import type { Asked } from "./EnrichmentItems";

/** The question that the menu of a column has led to, about the enrichment as it stands by now. */
export function AskedOf({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const of = useQuery(enrichmentQuery(asked.of.name)).data ?? asked.of;
  if (asked.act === "rerun") return <RerunDialog of={of} opened onClose={onClose} />;
  return <PauseDialog of={of} opened onClose={onClose} />;
}
