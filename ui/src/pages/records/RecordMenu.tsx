import { ActionIcon, Menu, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { useDeleteRecords, useSuppressRecords } from "../../api/queries/records";
import { Confirm } from "../../ui/Confirm";
import { May } from "../../ui/Permitted";
import { takesBack, useUndo } from "../../undo/Undo";

/** What can be done with a record as a whole. */
export function RecordMenu({ record, onGone }: { record: Schemas["RecordDetail"]; onGone: () => void }) {
  const [asking, setAsking] = useState(false);
  const suppress = useSuppressRecords();
  const remove = useDeleteRecords();
  const { did } = useUndo();
  const name = record.name || `record ${record.id}`;
  // What is said and done afterwards does not depend on this menu, which goes with
  // the record.
  const toggle = async () => {
    try {
      await suppress.mutateAsync({ ids: [record.id], off: record.suppressed });
      notifications.show({
        message: record.suppressed ? "It may be enriched again." : "It is not enriched any more.",
      });
    } catch (err) {
      notifications.show({ color: "red", message: (err as Error).message });
    }
  };
  const confirm = async () => {
    try {
      const v = await remove.mutateAsync({ ids: [record.id], confirm: true });
      did({ what: `${name} deleted`, set: v.set ?? "" }, v.set ? `${name} deleted. ${takesBack}` : `${name} deleted.`);
      onGone();
    } catch {
      // Shown in the question.
    }
  };
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon aria-label="More">
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <May to="edit">
            <Menu.Item onClick={() => void toggle()}>
              {record.suppressed ? "Let it be enriched" : "Keep it from being enriched"}
            </Menu.Item>
          </May>
          <Menu.Item
            renderRoot={(props) => <Link to="/credits" search={{ tab: "journal", record: record.id }} {...props} />}
          >
            What it has cost
          </Menu.Item>
          <May to="edit">
            <Menu.Item color="red" onClick={() => setAsking(true)}>
              Delete…
            </Menu.Item>
          </May>
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={asking}
        title={`Delete ${name}?`}
        action="Delete the record"
        danger
        busy={remove.isPending}
        error={remove.error}
        onClose={() => setAsking(false)}
        onConfirm={() => void confirm()}
      >
        <Text>Its values go. What was paid for it stays in the journal, and its history is kept.</Text>
      </Confirm>
    </>
  );
}
