import { Kbd, SimpleGrid, Text } from "@mantine/core";
import { command } from "../ui/command";
import { Dialog } from "../ui/Dialog";
import classes from "./KeyHelp.module.css";
import { jumps } from "./useShortcuts";

const everywhere: [string, string[]][] = [
  ["Go to anything, do something", [`${command}K`]],
  ["These keys", ["?", `${command}/`]],
  ["Take your last change back", [`${command}Z`]],
  ["Do it again", [`${command}⇧Z`, `${command}Y`]],
  ["New person, or company, on their page", ["N"]],
  ...Object.entries(jumps).map(([key, j]): [string, string[]] => [`Go to ${j.label}`, ["G", key.toUpperCase()]]),
];
const reviewing: [string, string[]][] = [
  ["Next, previous pair", ["J", "K"]],
  ["Merge", ["M"]],
  ["Keep apart", ["A"]],
  ["Later", ["L"]],
  ["Undo", ["U"]],
];
const onRecord: [string, string[]][] = [
  ["Next, previous record of the list", ["J", "K"]],
  ["Edit the value that has the keyboard, or the first", ["E"]],
];
const moving: [string, string[]][] = [
  ["Move", ["← ↑ → ↓"]],
  ["A page down, up", ["PgDn", "PgUp"]],
  ["To the edge", [`${command}→`]],
  ["First, last column", ["Home", "End"]],
  ["First, last cell", [`${command}Home`, `${command}End`]],
  ["Go to a row", [`${command}G`]],
  ["Select a range, with any of these", ["Shift →"]],
  ["Select everything", [`${command}A`]],
  ["Open the record", ["Space"]],
  ["What can be done with the cell", ["Shift F10"]],
  ["Select the row, or the rows of a range", ["Shift Space"]],
  ["Close it, leave a range", ["Esc"]],
  ["Search the records", [`${command}F`]],
];
const values: [string, string[]][] = [
  ["Edit, or just type", ["Enter", "F2"]],
  ["Copy", [`${command}C`]],
  ["Copy with the columns' names", [`${command}⇧C`]],
  ["Paste, over a range as often as it fits", [`${command}V`]],
  ["Fill down from the first row, or from above", [`${command}D`]],
  ["Clear", ["Delete", "⌫"]],
];
const editing: [string, string[]][] = [
  ["Save, and go below", ["Enter"]],
  ["Save, and go right", ["Tab"]],
  ["Leave it as it was", ["Esc"]],
];
const expression: [string, string[]][] = [
  ["Choose what completes it", ["↓", "↑"]],
  ["Take it", ["Tab", "Enter"]],
  ["Go on without", ["Esc"]],
];

/** Every key that does something. */
export default function KeyHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog opened onClose={onClose} title="Keys" size="xl">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xl" verticalSpacing="lg">
        <Keys title="Everywhere" keys={everywhere} />
        <Keys title="In a grid: where to" keys={moving} />
        <div>
          <Keys title="In the review" keys={reviewing} />
          <Keys title="On a record's page" keys={onRecord} />
        </div>
        <Keys title="In a grid: values" keys={values} />
        <div>
          <Keys title="In a cell that is edited" keys={editing} />
          <Keys title="In an expression" keys={expression} />
        </div>
      </SimpleGrid>
    </Dialog>
  );
}

function Keys({ title, keys }: { title: string; keys: [string, string[]][] }) {
  return (
    <section>
      <Text component="h3" c="dimmed" size="xs" m={0} mb={6}>
        {title}
      </Text>
      <dl className={classes.keys}>
        {keys.map(([does, strokes]) => (
          <div key={does}>
            <dt>{does}</dt>
            <dd>
              {strokes.map((s) => (
                <Kbd key={s} size="xs">
                  {s}
                </Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
