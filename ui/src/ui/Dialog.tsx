import { Drawer, type DrawerProps, Modal, type ModalProps } from "@mantine/core";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";

// Every dialog of the app is one of these, so that the keyboard goes in with
// it, stays in it, and is afterwards where it was.

/** A dialog without a title on it says with `label` what it is. */
type Labelled = { label?: string };

/** Asks or shows something above the page. */
export function Dialog({ label, children, ...rest }: ModalProps & Labelled) {
  useReturn(rest.opened);
  const [covered, cover] = useCovered(rest.opened);
  return (
    <Modal
      {...rest}
      {...(covered ? { closeOnEscape: false } : {})}
      returnFocus={false}
      attributes={label ? { content: { "aria-label": label } } : undefined}
    >
      <Above value={cover}>
        <Inside>{children}</Inside>
      </Above>
    </Modal>
  );
}

/** Shows something beside the page, which waits. */
export function SideDialog({ label, children, ...rest }: DrawerProps & Labelled) {
  useReturn(rest.opened);
  const [covered, cover] = useCovered(rest.opened);
  return (
    <Drawer
      {...rest}
      {...(covered ? { closeOnEscape: false } : {})}
      returnFocus={false}
      attributes={label ? { content: { "aria-label": label } } : undefined}
    >
      <Above value={cover}>
        <Inside>{children}</Inside>
      </Above>
    </Drawer>
  );
}

/** Tells the dialog that another is open on top of it, or is not any more. */
const Above = createContext<(more: 1 | -1) => void>(() => {});

/** Whether another dialog is open on top of this one: Escape closes the one on top alone. */
function useCovered(opened: boolean): [boolean, (more: 1 | -1) => void] {
  const tell = useContext(Above);
  const [above, setAbove] = useState(0);
  const cover = useCallback((more: 1 | -1) => setAbove((n) => n + more), []);
  useEffect(() => {
    if (!opened) return;
    tell(1);
    return () => tell(-1);
  }, [opened, tell]);
  return [above > 0, cover];
}

/** Marks where the keyboard begins, before the dialog looks for the mark. */
function Inside({ children }: { children: ReactNode }) {
  return (
    <div style={{ display: "contents" }} ref={mark}>
      {children}
    </div>
  );
}

const enabled = ":not(:disabled):not([type=hidden])";
/** In this order: what says so, the first field, the first button, never one that destroys. */
const begins = [
  `[data-autofocus]${enabled}`,
  `input${enabled}, textarea${enabled}, select${enabled}`,
  `a[href], button${enabled}:not([data-danger])`,
];

function mark(body: HTMLElement | null) {
  if (!body) return;
  const at = begins.map((which) => body.querySelector<HTMLElement>(which)).find((found) => found !== null);
  // What cannot have the focus must not be what the dialog finds.
  for (const off of body.querySelectorAll("[data-autofocus]:disabled")) off.removeAttribute("data-autofocus");
  at?.setAttribute("data-autofocus", "true");
}

/** Gives the keyboard back to what opened the dialog. */
function useReturn(opened: boolean) {
  useEffect(() => {
    if (!opened) return;
    const opener = openerOf(document.activeElement);
    return () => {
      const now = document.activeElement;
      if (now && now !== document.body && !now.closest("[role=dialog], [role=menu]")) return; // it has gone on already
      if (opener?.isConnected) opener.focus({ preventScroll: true });
      else if (!document.querySelector("[role=dialog]"))
        document.getElementById("main")?.focus({ preventScroll: true });
    };
  }, [opened]);
}

/** What was used to open something: of an item of a menu, which goes with the menu, the menu's button. */
function openerOf(at: Element | null): HTMLElement | null {
  const menu = at?.closest("[role=menu]");
  const button = menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : at;
  return button instanceof HTMLElement && button !== document.body ? button : null;
}
