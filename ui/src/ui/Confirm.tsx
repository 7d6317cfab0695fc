import { Button, Group, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { Dialog } from "./Dialog";
import { ErrorNote } from "./ErrorNote";

type Props = {
  opened: boolean;
  title: string;
  /** What the button does, with its price: "Buy up to 640 emails, at most 640 credits". */
  action: string;
  danger?: boolean;
  busy?: boolean;
  disabled?: boolean;
  error?: unknown;
  children: ReactNode;
  size?: string;
  onConfirm: () => void;
  onClose: () => void;
};

/**
 * Asks before something that costs, stops or cannot be undone. What destroys is never one Enter away; where there is
 * something to fill in first, the keyboard begins there.
 */
export function Confirm({
  opened,
  title,
  action,
  danger,
  busy,
  disabled,
  error,
  children,
  size,
  onConfirm,
  onClose,
}: Props) {
  return (
    <Dialog opened={opened} onClose={onClose} title={title} size={size ?? "md"}>
      <Stack gap="sm">
        {children}
        <ErrorNote error={error} />
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose} data-autofocus={danger || undefined}>
            Cancel
          </Button>
          <Button
            color={danger ? "red" : undefined}
            loading={busy}
            disabled={disabled}
            onClick={onConfirm}
            data-autofocus={(!danger && !disabled) || undefined}
            data-danger={danger || undefined}
          >
            {action}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
