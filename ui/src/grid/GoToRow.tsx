import { useState } from "react";
import { grouped } from "../ui/grouped";
import classes from "./Grid.module.css";

/** ⌘G: asks for a row's number and goes there. */
export function GoToRow({ rows, go, close }: { rows: number; go: (row: number) => void; close: () => void }) {
  const [text, setText] = useState("");
  return (
    <form
      className={classes.goto}
      onSubmit={(e) => {
        e.preventDefault();
        const n = Number(text.replace(/[^0-9]/g, ""));
        if (n > 0) go(Math.min(n, rows) - 1);
        close();
      }}
    >
      <label>
        Go to row
        <input
          // biome-ignore lint/a11y/noAutofocus: it was asked for by a key, to be typed into
          autoFocus
          inputMode="numeric"
          placeholder={`1 to ${grouped(rows)}`}
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
          onBlur={close}
          onKeyDown={(e) => e.key === "Escape" && close()}
        />
      </label>
    </form>
  );
}
