import { Button, Checkbox, Group, Menu, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconChevronDown, IconLayoutList, IconUsers } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ApiError, Schemas } from "../../api/client";
import { keys } from "../../api/keys";
import { type SavedView, useDeleteView, useSaveView, type ViewsOf } from "../../api/queries/views";
import { statusQuery } from "../../api/queries/workspace";
import { Changed, differences, isChanged } from "../../ui/Changed";
import { Confirm } from "../../ui/Confirm";
import { Dialog } from "../../ui/Dialog";
import { ErrorNote } from "../../ui/ErrorNote";
import { whyNot } from "../../ui/may";
import { useTag } from "../../ui/useTag";
import { lookDiffers } from "./look/differs";

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
  const queries = useQueryClient();
  const remove = useDeleteView();
  const keep = (as: string | undefined) =>
    saved && save.mutate({ id: saved.id, look, tag: as }, { onError: (err) => !isChanged(err) && notSaved(err) });
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
          {mayChange && differs && <Menu.Item onClick={() => keep(tag)}>Save the changes to {saved.name}</Menu.Item>}
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
      <Dialog opened={isChanged(save.error)} onClose={save.reset} title={`Save the changes to ${saved?.name}`}>
        <Changed
          error={save.error}
          differs={saved && saved.etag !== tag ? lookDiffers(saved.look, look) : undefined}
          busy={save.isPending}
          reload={() => void queries.invalidateQueries({ queryKey: keys.views })}
          onKeep={() => keep(saved?.etag)}
          onTake={() => {
            save.reset();
            onChoose(saved);
          }}
        />
      </Dialog>
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
  const [tag, setTag] = useState(view?.etag);
  const [shared, setShared] = useState(view?.shared ?? false);
  const save = useSaveView(of);
  const queries = useQueryClient();
  const submit = async (as: string | undefined) => {
    try {
      onDone(await save.mutateAsync(view ? { id: view.id, name, shared, tag: as } : { name, shared, look }));
      onClose();
    } catch {
      // Shown in the form.
    }
  };
  return (
    <Dialog opened onClose={onClose} title={view ? `Rename or share ${view.name}` : "Save what is shown as a view"}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void submit(tag);
        }}
      >
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
          {view && isChanged(save.error) ? (
            <Changed
              error={save.error}
              differs={
                view.etag === tag
                  ? undefined
                  : differences([
                      ["Name", view.name, name],
                      ["For everybody", view.shared ? "yes" : "no", shared ? "yes" : "no"],
                    ])
              }
              busy={save.isPending}
              reload={() => void queries.invalidateQueries({ queryKey: keys.views })}
              onKeep={() => void submit(view.etag)}
              onTake={() => {
                save.reset();
                setTag(view.etag);
                setName(view.name);
                setShared(view.shared);
              }}
            />
          ) : (
            <ErrorNote error={save.error} />
          )}
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
