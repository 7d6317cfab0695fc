import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { signInQuery } from "../../api/queries/account";

/** A page without the navigation: for whoever is not signed in. */
export function Sheet({ title, children }: { title: string; children: ReactNode }) {
  const workspace = useQuery(signInQuery).data?.workspace;
  const place = workspace ?? "Fettle";
  useEffect(() => {
    document.title = `${title} · ${place}`;
  }, [title, place]);
  return (
    <main id="main">
      <Stack maw={360} mx="auto" pt="16vh" px="lg" pb="lg" gap="sm">
        <Text c="dimmed" fw={600}>
          {workspace ? `Fettle · ${workspace}` : "Fettle"}
        </Text>
        <Title order={1}>{title}</Title>
        {children}
      </Stack>
    </main>
  );
}
