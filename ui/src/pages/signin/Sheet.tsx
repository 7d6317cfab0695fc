import { Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

/** A page without the navigation: for whoever is not signed in. */
export function Sheet({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Fettle`;
  }, [title]);
  return (
    <main id="main">
      <Stack maw={360} mx="auto" pt="16vh" px="lg" pb="lg" gap="sm">
        <Text c="dimmed" fw={600}>
          Fettle
        </Text>
        <Title order={1}>{title}</Title>
        {children}
      </Stack>
    </main>
  );
}
