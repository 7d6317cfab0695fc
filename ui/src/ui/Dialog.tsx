import { Drawer, type DrawerProps, Modal, type ModalProps } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

// Every dialog of the app is one of these, so that the keyboard goes in with
// it, stays in it, and is afterwards where it was.

/** A dialog without a title on it says with `label` what it is. */
type Labelled = { label?: string };

/** Asks or shows something above the page. */
export function Dialog({ label, children, ...rest }: ModalProps & Labelled) {
  useReturn(rest.opened);
  return (
    <Modal {...rest} returnFocus={false} attributes={label ? { content: { "aria-label": label } } : undefined}>
      <Inside>{children}</Inside>
    </Modal>
  );
}

/** Shows something beside the page, which waits. */
export function SideDialog({ label, children, ...rest }: DrawerProps & Labelled) {
  useReturn(rest.opened);
  return (
    <Drawer {...rest} returnFocus={false} attributes={label ? { content: { "aria-label": label } } : undefined}>
      <Inside>{children}</Inside>
    </Drawer>
  );
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
