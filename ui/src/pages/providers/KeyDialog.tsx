import { Button } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import { May } from "../../ui/Permitted";
import { ConnectionForm } from "./ConnectionForm";

/** A button to a provider's key and price, entered where one is. */
export function KeyDialog({ of, label, plain }: { of: Schemas["ProviderView"]; label: string; plain?: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <May to="spend">
        <Button size="xs" variant={plain ? "default" : "filled"} onClick={() => setOpen(true)}>
          {label}
        </Button>
      </May>
      <Dialog opened={open} onClose={() => setOpen(false)} title={`Connect ${of.title}`} size="lg">
        <ConnectionForm of={of} onSaved={(now) => now.ready && setOpen(false)} />
      </Dialog>
    </>
  );
}
