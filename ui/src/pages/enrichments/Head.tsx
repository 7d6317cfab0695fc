import { Button, Menu, Text } from "@mantine/core";
import {
  IconAdjustments,
  IconCoins,
  IconDots,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconTargetArrow,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Schemas } from "../../api/client";
import { useDeleteEnrichment } from "../../api/queries/enrichments";
import { statusQuery } from "../../api/queries/workspace";
import { Confirm } from "../../ui/Confirm";
import { PauseDialog } from "./dialogs/PauseDialog";
import { PointDialog } from "./dialogs/PointDialog";
import { RerunDialog } from "./dialogs/RerunDialog";
import { ResetDialog } from "./dialogs/ResetDialog";
import { type Act, type Action, headOf } from "./machine";

type Enrichment = Schemas["EnrichmentView"];
type Props = { of: Enrichment; tab: string; show: (tab: string) => void };

const icons: Partial<Record<Act, ReactNode>> = {
  price: <IconPlayerPlay size={14} />,
  limit: <IconAdjustments size={14} />,
  grant: <IconCoins size={14} />,
  pause: <IconPlayerPause size={14} />,
  edit: <IconPencil size={14} />,
  rerun: <IconRefresh size={14} />,
  point: <IconTargetArrow size={14} />,
};

/** What can be done with an enrichment: one primary button, Edit, and the rest behind a menu. */
export function Head({ of, tab, show }: Props) {
  const { primary, others } = headOf(of, useQuery(statusQuery).data, tab);
  const go = useNavigate();
  const [asked, ask] = useState<{ act: Act; first?: Action } | null>(null);
  const act = (a: Act) => {
    if (a === "price") show("start");
    else if (a === "limit") show("limit");
    else if (a === "grant") void go({ to: "/credits" });
    else if (a === "edit") void go({ to: "/enrichments/$name/edit", params: { name: of.name } });
    else ask({ act: a });
  };
  const press = (a: Action) => (a.pauses ? ask({ act: "pause", first: a }) : act(a.act));
  const [edit, ...rest] = others;
  const close = () => ask(null);
  return (
    <>
      {primary && <Press of={primary} filled onPress={() => press(primary)} />}
      {edit && <Press of={edit} onPress={() => press(edit)} />}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" px={8} aria-label="More">
            <IconDots size={16} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {rest.map((a) => (
            <Menu.Item
              key={a.act}
              disabled={Boolean(a.why)}
              title={a.why}
              color={a.act === "delete" ? "red" : undefined}
              leftSection={icons[a.act]}
              onClick={() => press(a)}
            >
              {a.label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <PauseDialog
        of={of}
        opened={asked?.act === "pause"}
        first={asked?.first}
        onClose={close}
        onPaused={() => {
          const then = asked?.first?.act;
          close();
          if (then) act(then);
        }}
      />
      <RerunDialog of={of} opened={asked?.act === "rerun"} onClose={close} onDone={() => show("overview")} />
      <ResetDialog of={of} opened={asked?.act === "reset"} onClose={close} />
      <PointDialog of={of} opened={asked?.act === "point"} onClose={close} onPointed={() => show("start")} />
      <DeleteDialog of={of} opened={asked?.act === "delete"} onClose={close} />
    </>
  );
}

function Press({ of, filled, onPress }: { of: Action; filled?: boolean; onPress: () => void }) {
  return (
    <Button
      variant={filled ? "filled" : "default"}
      leftSection={icons[of.act]}
      disabled={Boolean(of.why)}
      title={of.why}
      aria-description={of.why}
      onClick={onPress}
    >
      {of.label}
    </Button>
  );
}

function DeleteDialog({ of, opened, onClose }: { of: Enrichment; opened: boolean; onClose: () => void }) {
  const remove = useDeleteEnrichment();
  const go = useNavigate();
  return (
    <Confirm
      opened={opened}
      title={`Delete ${of.label}?`}
      action="Delete"
      danger
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ name: of.name }, { onSuccess: () => void go({ to: "/enrichments" }) })}
      onClose={onClose}
    >
      <Text>Its definition and its rows go. Values that it found, what was paid for them, and the journal stay.</Text>
    </Confirm>
  );
}
