import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { enrichmentQuery } from "../api/queries/enrichments";
import { PauseDialog } from "../pages/enrichments/dialogs/PauseDialog";
import { PointDialog } from "../pages/enrichments/dialogs/PointDialog";
import { Dialog } from "../ui/Dialog";
import { ErrorNote } from "../ui/ErrorNote";
import type { Act } from "./commands";

/** A dialog of an enrichment that was opened from the palette, above whatever page one is on. */
export default function Opened({ act, onClose }: { act: Extract<Act, { open: string }>; onClose: () => void }) {
  const go = useNavigate();
  const { data: of, error, refetch } = useQuery(enrichmentQuery(act.name));
  if (!of) {
    // It may be gone since the palette listed it.
    return (
      <Dialog opened={Boolean(error)} onClose={onClose} title="It cannot be opened">
        <ErrorNote error={error} retry={() => void refetch()} />
      </Dialog>
    );
  }
  if (act.open === "pause") return <PauseDialog of={of} opened onClose={onClose} />;
  const price = () => void go({ to: "/enrichments/$name", params: { name: of.name }, search: { tab: "start" } });
  return <PointDialog of={of} opened onClose={onClose} onPointed={price} />;
}
