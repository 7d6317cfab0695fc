import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const src = join(import.meta.dirname, "..");

// Dialog.tsx takes the keyboard into a dialog and back: one made past it would
// leave it behind, on the page.
it("makes every dialog with ui/Dialog.tsx", () => {
  const past = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((f) => f.endsWith(".tsx") && f !== join("ui", "Dialog.tsx"))
    .filter((f) =>
      [...readFileSync(join(src, f), "utf8").matchAll(/import \{([^}]*)\} from "@mantine\/core"/g)].some(([, names]) =>
        /\b(Modal|Drawer|Dialog|FocusTrap)\b/.test(names ?? ""),
      ),
    );
  expect(past).toEqual([]);
});
