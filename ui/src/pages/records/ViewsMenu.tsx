import { Button, Checkbox, Group, Menu, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconChevronDown, IconLayoutList, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { ApiError, Schemas } from "../../api/client";
import { type SavedView, useDeleteView, useSaveView, type ViewsOf } from "../../api/queries/views";
import { statusQuery } from "../../api/queries/workspace";
import { Confirm } from "../../ui/Confirm";
import { Dialog } from "../../ui/Dialog";
import { ErrorNote } from "../../ui/ErrorNote";
import { whyNot } from "../../ui/may";
import { useTag } from "../../ui/useTag";

type Props = {
  of: ViewsOf;
  views: SavedView[];
  saved: SavedView | undefined;
  look: Schemas["Look"];
  differs: boolean;
  onChoose: (v: SavedView | undefined) => void;
};

/** The saved views: choosing one, keeping what is shown as one, changing and deleting it. */
export function ViewsMenu({ of, views, saved, look, differs, onChoose }: Props) {
  const [form, setForm] = useState<"new" | "rename" | null>(null);
  const [doomed, setDoomed] = useState(false);
  const save = useSaveView(of);
  const tag = useTag(saved?.etag, differs, saved?.id);
  const remove = useDeleteView();
  const mayNotShare = whyNot(useQuery(statusQuery).data, "edit");
  const mayChange = saved && !(saved.shared && mayNotShare);
  const mine = views.filter((v) => !v.shared);
  const all = views.filter((v) => v.shared);
  const item = (v: SavedView) => (
    <Menu.Item
      key={v.id}
      leftSection={v.id === saved?.id ? <IconCheck size={14} /> : <span style={{ width: 14 }} />}
      aria-current={v.id === saved?.id || undefined}
      onClick={() => onChoose(v)}
    >
      {v.name}
    </Menu.Item>
  );
  return (
    <>
      <Menu position="bottom-start" shadow="md" width={250}>
        <Menu.Target>
          <Button
            variant={saved ? "light" : "subtle"}
            color={saved ? undefined : "gray"}
            leftSection={<IconLayoutList size={14} />}
            rightSection={<IconChevronDown size={12} />}
            aria-label={saved && `View: ${saved.name}${differs ? " *, changed" : ""}`}
          >
            {saved ? `${saved.name}${differs ? " *" : ""}` : "Views"}
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah="60vh" style={{ overflowY: "auto" }}>
          {saved && <Menu.Item onClick={() => onChoose(undefined)}>Everything, without a view</Menu.Item>}
          {mine.length > 0 && <Menu.Label>Mine</Menu.Label>}
          {mine.map(item)}
          {all.length > 0 && <Menu.Label>Everybody's</Menu.Label>}
          {all.map(item)}
          {views.length > 0 && <Menu.Divider />}
          {mayChange && differs && (
            <Menu.Item onClick={() => save.mutate({ id: saved.id, look, tag }, { onError: notSaved })}>
              Save the changes to {saved.name}
            </Menu.Item>
          )}
          {saved && differs && <Menu.Item onClick={() => onChoose(saved)}>As it was saved</Menu.Item>}
          <Menu.Item onClick={() => setForm("new")}>Save what is shown as a view…</Menu.Item>
          {mayChange && <Menu.Item onClick={() => setForm("rename")}>Rename or share {saved.name}…</Menu.Item>}
          {mayChange && (
            <Menu.Item color="red" onClick={() => setDoomed(true)}>
              Delete {saved.name}…
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {form && (
        <ViewForm
          of={of}
          view={form === "rename" ? saved : undefined}
          look={look}
          mayNotShare={mayNotShare}
          onClose={() => setForm(null)}
          onDone={(v) => form === "new" && onChoose(v)}
        />
      )}
      <Confirm
        opened={doomed && saved !== undefined}
        title={`Delete the view ${saved?.name}?`}
        action="Delete the view"
        danger
        busy={remove.isPending}
        error={remove.error}
        onClose={() => setDoomed(false)}
        onConfirm={() =>
          saved &&
          remove.mutate(saved.id, {
            onSuccess: () => {
              setDoomed(false);
              onChoose(undefined);
            },
          })
        }
      >
        <Text>
          {saved?.shared ? "Nobody has it any more. " : ""}No record and no field is changed; what it shows stays where
          it is.
        </Text>
      </Confirm>
    </>
  );
}

function notSaved(err: Error) {
  const { message, hint } = err as ApiError;
  notifications.show({ color: "red", title: "Not saved", message: hint ? `${message} ${hint}` : message });
}

type FormProps = {
  of: ViewsOf;
  view: SavedView | undefined;
  look: Schemas["Look"];
  mayNotShare: string | undefined;
  onClose: () => void;
  onDone: (v: SavedView) => void;
};

function ViewForm({ of, view, look, mayNotShare, onClose, onDone }: FormProps) {
  const [name, setName] = useState(view?.name ?? "");
  const tag = useTag(view?.etag, view !== undefined, view?.id);
  const [shared, setShared] = useState(view?.shared ?? false);
  const save = useSaveView(of);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    try {
      onDone(await save.mutateAsync(view ? { id: view.id, name, shared, tag } : { name, shared, look }));
      onClose();
    } catch {
      // Shown in the form.
    }
  };
  return (
    <Dialog opened onClose={onClose} title={view ? `Rename or share ${view.name}` : "Save what is shown as a view"}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="Name"
            required
            data-autofocus
            maxLength={80}
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
          />
          <Checkbox
            label={<ForEverybody />}
            description={mayNotShare ?? "Else only you have it."}
            checked={shared}
            disabled={mayNotShare !== undefined}
            onChange={(e) => setShared(e.currentTarget.checked)}
          />
          {!view && (
            <Text c="dimmed" size="xs">
              It keeps the filter, the search, how it is sorted and grouped, the columns with their order and widths,
              row height and colours.
            </Text>
          )}
          <ErrorNote error={save.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} disabled={name.trim() === ""}>
              {view ? "Save" : "Save the view"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

const ForEverybody = () => (
  <Group gap={4} component="span">
    <IconUsers size={13} aria-hidden /> For everybody
  </Group>
);
