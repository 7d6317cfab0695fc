import { Kbd, Modal, SimpleGrid, Text } from "@mantine/core";
import { command } from "../ui/command";
import classes from "./KeyHelp.module.css";
import { jumps } from "./useShortcuts";

const everywhere: [string, string[]][] = [
  ["Search or jump to anything", [`${command}K`]],
  ["These keys", ["?", `${command}/`]],
  ...Object.entries(jumps).map(([key, j]): [string, string[]] => [`Go to ${j.label}`, ["G", key.toUpperCase()]]),
];
const grid: [string, string[]][] = [
  ["Move", ["← ↑ → ↓"]],
  ["To the edge", [`${command}→`]],
  ["Select a range", ["Shift →"]],
  ["Select everything", [`${command}A`]],
  ["Copy", [`${command}C`]],
  ["Copy with the columns' names", [`${command}⇧C`]],
  ["Paste", [`${command}V`]],
  ["Fill down", [`${command}D`]],
  ["Take an edit back, do it again", [`${command}Z`, `${command}⇧Z`]],
  ["Go to a row", [`${command}G`]],
  ["Edit, or just type", ["Enter"]],
  ["Clear", ["Delete"]],
  ["Open the record", ["Space"]],
  ["Close it", ["Esc"]],
  ["Search the records", [`${command}F`]],
];

/** Every key that does something. */
export default function KeyHelp({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Keys" size="lg">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xl">
        <Keys title="Everywhere" keys={everywhere} />
        <Keys title="In a grid" keys={grid} />
      </SimpleGrid>
    </Modal>
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
