import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { count } from "../../ui/time";
import { download } from "./download";

type Props = {
  query: object;
  /** The fields that are shown, joined by commas. */
  columns: string;
  /** How many fields there are, shown or not. */
  all: number;
  name: string;
};

/** A CSV file of what is shown: with the columns on screen, or with all of them. */
export function ExportMenu({ query, columns, all, name }: Props) {
  const shown = columns === "" ? 0 : columns.split(",").length;
  const save = (fields?: string) => void download("/api/v1/export", { ...query, fields }, `${name}.csv`);
  return (
    <Menu position="bottom-start" shadow="md">
      <Menu.Target>
        <Button variant="subtle" color="gray" leftSection={<IconDownload size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {shown < all ? `${shown} of ${count(all, "column")} are shown here` : "Every column is shown here"}
        </Menu.Label>
        <Menu.Item onClick={() => save(columns)}>With the {count(shown, "column")} shown</Menu.Item>
        <Menu.Item onClick={() => save()}>With every column</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
