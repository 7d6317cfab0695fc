import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { cloneElement, type ReactElement, type ReactNode } from "react";
import { statusQuery } from "../api/queries/workspace";
import { type Deed, whyNot } from "./may";

// What is not for whoever is signed in is off, with the reason, or not there.
// The server refuses it whatever the page shows.

/** Why whoever is signed in may not; undefined where they may, or that is not known yet. */
export const useWhyNot = (to: Deed) => whyNot(useQuery(statusQuery).data, to);

type Pressed = { disabled?: boolean; title?: string; "aria-description"?: string };

/** A button that is off, with the reason, for whoever may not press it. */
export function May({ to, children, ...rest }: { to: Deed; children: ReactElement<Pressed> }) {
  const why = useWhyNot(to);
  // What a menu gives its target goes on to the button.
  return cloneElement(children, why ? { ...rest, disabled: true, title: why, "aria-description": why } : rest);
}

/** What only leads to something that one may not do is not shown to them. */
export function Only({ to, children }: { to: Deed; children: ReactNode }) {
  return useWhyNot(to) ? null : children;
}

/** The reason in words, beside the button that matters. */
export function WhyNot({ to }: { to: Deed }) {
  const why = useWhyNot(to);
  return why ? <Text c="dimmed">{why}</Text> : null;
}
