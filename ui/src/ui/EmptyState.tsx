import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** Says what belongs here and how it comes to be here. */
export function EmptyState({
  icon,
  title,
  children,
  actions,
}: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <Stack align="center" gap="sm" py={56} px="lg" ta="center">
      {icon && <div style={{ color: "var(--mantine-color-dimmed)" }}>{icon}</div>}
      <Title order={2}>{title}</Title>
      {children && (
        <Text c="dimmed" maw={460} component="div">
          {children}
        </Text>
      )}
      {actions && (
        <Group justify="center" mt="xs">
          {actions}
        </Group>
      )}
    </Stack>
  );
}
