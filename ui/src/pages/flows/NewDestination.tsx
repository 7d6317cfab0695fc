import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { servicesQuery, useCreateDestination } from "../../api/queries/flows";
import { Dialog } from "../../ui/Dialog";
import { Only } from "../../ui/Permitted";
import { DestinationForm } from "./DestinationForm";
import { DestinationPanel } from "./DestinationPanel";
import { begin, bodyOf, other } from "./draft";

/** Makes a destination (quiet, where something else on the page comes first), and goes on to its key, its dry run and its switch. */
export function NewDestination({ quiet }: { quiet: boolean }) {
  const services = useQuery(servicesQuery).data?.items;
  const create = useCreateDestination();
  const [open, setOpen] = useState(false);
  const made = create.data;
  const close = () => {
    setOpen(false);
    create.reset();
  };
  return (
    <Only to="edit">
      <Button
        variant={quiet ? "default" : "filled"}
        leftSection={<IconPlus size={14} />}
        disabled={!services}
        onClick={() => setOpen(true)}
      >
        New destination
      </Button>
      <Dialog opened={open} onClose={close} title={made ? made.label : "New destination"} size="xl">
        {made ? (
          <DestinationPanel name={made.name} begins onGone={close} />
        ) : (
          <DestinationForm
            from={begin(services?.[0]?.name ?? other)}
            busy={create.isPending}
            error={create.error}
            onSubmit={(d) => create.mutate({ label: d.label.trim(), ...bodyOf(d) })}
            onCancel={close}
          />
        )}
      </Dialog>
    </Only>
  );
}
