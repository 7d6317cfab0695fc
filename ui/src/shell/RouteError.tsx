import { Button } from "@mantine/core";
import { IconCompass } from "@tabler/icons-react";
import { Link, useRouter } from "@tanstack/react-router";
import { EmptyState } from "../ui/EmptyState";
import { ErrorNote } from "../ui/ErrorNote";
import { Page } from "../ui/Page";

export function RouteError({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <Page name="Error" title="This page failed">
      <ErrorNote error={error} retry={() => void router.invalidate()} />
    </Page>
  );
}

export function NotFoundPage() {
  return (
    <Page name="Not found" title="Not found">
      <EmptyState
        icon={<IconCompass size={30} stroke={1.5} />}
        title="This page doesn’t exist"
        actions={
          <Button component={Link} to="/">
            Go to the Data Hub
          </Button>
        }
      />
    </Page>
  );
}
