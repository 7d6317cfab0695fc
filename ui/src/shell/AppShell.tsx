import { ActionIcon, Burger } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import { code } from "../api/code";
import { useEvents } from "../api/events";
import { statusQuery } from "../api/queries/workspace";
import { useExpired } from "../api/session";
import { SideDialog } from "../ui/Dialog";
import { UndoProvider } from "../undo/Undo";
import classes from "./AppShell.module.css";
import { ConnectionBanner } from "./ConnectionBanner";
import type { Act } from "./commands";
import { Nav } from "./Nav";
import { SignIn, SignInAgain } from "./SignIn";
import { useHeldKeys } from "./useHeldKeys";
import { useShortcuts } from "./useShortcuts";
import { WaitingNote } from "./WaitingNote";

const Palette = lazy(code(() => import("./Palette")));
const Opened = lazy(code(() => import("./Opened")));
const KeyHelp = lazy(code(() => import("./KeyHelp")));

/** The frame around every page: navigation, palette, and what holds for all. */
export function AppShell() {
  const { pathname } = useLocation();
  return pathname === "/sign-in" ? <Outlet /> : <Guarded />;
}

/** A page that was there stays when the session ends: what was typed is kept. */
function Guarded() {
  const status = useQuery(statusQuery);
  const expired = useExpired();
  const signedOut = status.error instanceof ApiError && status.error.status === 401;
  if (signedOut && !status.data) return <SignIn />;
  return (
    <>
      <UndoProvider>
        <Frame />
      </UndoProvider>
      <WaitingNote />
      {expired && status.data && <SignInAgain />}
    </>
  );
}

function Frame() {
  useEvents();
  const [menu, { open, close }] = useDisclosure(false);
  const [palette, setPalette] = useState(false);
  const [sought, setSought] = useState("");
  const [help, setHelp] = useState(false);
  const [act, setAct] = useState<Extract<Act, { open: string }>>();
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes when the page changes
  useEffect(close, [pathname]);
  const closePalette = () => {
    setPalette(false);
    setSought("");
  };
  useShortcuts({ palette: () => (palette ? closePalette() : setPalette(true)), help: () => setHelp(true) });
  useHeldKeys(palette, closePalette, (key) => setSought((s) => (key === "Backspace" ? s.slice(0, -1) : s + key)));
  useHeldKeys(help, () => setHelp(false));
  useHeldKeys(act !== undefined, () => setAct(undefined));
  return (
    <div className={classes.frame}>
      <a href="#main" className={classes.skip}>
        Skip to the page
      </a>
      <aside className={classes.side}>
        <Nav onSearch={() => setPalette(true)} onKeys={() => setHelp(true)} />
      </aside>
      <header className={classes.top}>
        <Burger opened={menu} onClick={open} size="xs" aria-label="Menu" />
        <strong>Fettle</strong>
        <ActionIcon aria-label="Search" onClick={() => setPalette(true)}>
          <IconSearch size={16} />
        </ActionIcon>
      </header>
      <SideDialog opened={menu} onClose={close} size={250} padding={0} withCloseButton={false} label="Menu">
        <Nav
          onSearch={() => {
            close();
            setPalette(true);
          }}
          onKeys={() => {
            close();
            setHelp(true);
          }}
        />
      </SideDialog>
      <main className={classes.main} id="main" tabIndex={-1}>
        <ConnectionBanner />
        <Outlet />
      </main>
      {help && (
        <Suspense>
          <KeyHelp onClose={() => setHelp(false)} />
        </Suspense>
      )}
      {palette && (
        <Suspense>
          <Palette typed={sought} onType={setSought} onClose={closePalette} onOpen={setAct} />
        </Suspense>
      )}
      {act && (
        <Suspense>
          <Opened act={act} onClose={() => setAct(undefined)} />
        </Suspense>
      )}
    </div>
  );
}
