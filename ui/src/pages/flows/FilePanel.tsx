import { Alert, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError } from "../../api/client";
import { type Source, type SourceReading, sourcesQuery, useReadSource } from "../../api/queries/flows";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { count, readable } from "../../ui/time";

/** A file that is read on a schedule: how it fares, a dry run, and reading it now. */
export function FilePanel({ name }: { name: string }) {
  const { data, error, refetch } = useQuery(sourcesQuery);
  const of = data?.items?.find((s) => s.name === name);
  const dry = useReadSource(name);
  const read = useReadSource(name);
  if (!of) return <ErrorNote error={error} retry={refetch} />;
  return (
    <Stack gap="md">
      <What of={of} told={Boolean(dry.error ?? read.error)} />
      <Read of={of} dry={dry} read={read} />
    </Stack>
  );
}

const outcomeWords = {
  imported: "It was imported.",
  unchanged: "It was the same as before, and nothing was imported.",
  failed: "Nothing of it was imported.",
};

/** How it fares. What went wrong is not said twice: told, where it stands below with what can be done. */
function What({ of, told }: { of: Source; told: boolean }) {
  const read = of.read;
  return (
    <div>
      <Group gap="xs">
        <Badge color={of.detail ? "red" : read?.next_at ? "teal" : "gray"} variant="light">
          {of.detail ? "failing" : read?.next_at ? "on" : "by hand"}
        </Badge>
        <Text style={{ overflowWrap: "anywhere" }}>{of.file?.path || of.file?.url}</Text>
      </Group>
      <Text c="dimmed" size="sm">
        {read?.when ? `It is read ${read.when}.` : "It is read when somebody says so."}
        {read?.next_at &&
          ` ${read.tries ? "It failed, and is looked at again" : "Next"}: ${new Date(read.next_at).toLocaleString()}.`}
        {read?.has_secret && " It is fetched with a secret."}
      </Text>
      {of.last_at && (
        <Text c="dimmed" size="sm">
          Last read <TimeAgo at={of.last_at} />. {read?.outcome && outcomeWords[read.outcome]}{" "}
          {read?.import ? (
            <>
              The last import had {count(read.rows, "row")}.{" "}
              <Link
                to="/import"
                search={{ entity: of.entity === "companies" ? "companies" : undefined, id: read.import }}
              >
                See it
              </Link>
            </>
          ) : null}
        </Text>
      )}
      {of.detail && !told && (
        <Text c="red" size="sm" role="alert">
          {readable(of.detail)}
        </Text>
      )}
    </div>
  );
}

/** What a reading came to, or would come to, in numbers. */
function numbers(of: SourceReading): string {
  const v = of.import;
  if (!v) return "It is the same as before.";
  const parts = [
    [v.created, "created"],
    [v.updated, "updated"],
    [v.merged, "merged"],
    [v.unchanged, "unchanged"],
  ] as const;
  return `${count(v.read, "row")}: ${parts.map(([n, what]) => `${grouped(n)} ${what}`).join(", ")}.`;
}

type Reading = ReturnType<typeof useReadSource>;

function Read({ of, dry, read }: { of: Source; dry: Reading; read: Reading }) {
  const [asked, setAsked] = useState<string>();
  const now = (how: { confirm?: boolean; new_columns?: boolean }) => {
    dry.reset();
    read.mutate(how, {
      onSuccess: () => setAsked(undefined),
      onError: (err) => err instanceof ApiError && err.code === "confirm" && setAsked(err.message),
    });
  };
  const failed = dry.error ?? (asked ? null : read.error);
  const columns = failed instanceof ApiError && failed.details.columns === true;
  return (
    <Stack gap="xs" align="flex-start">
      <Group gap="xs">
        <May to="edit">
          <Button
            variant="default"
            loading={dry.isPending}
            onClick={() => {
              read.reset();
              dry.mutate({ dry_run: true });
            }}
          >
            Dry run
          </Button>
        </May>
        <May to="edit">
          <Button loading={read.isPending} onClick={() => now({})}>
            Read it now
          </Button>
        </May>
      </Group>
      <ErrorNote error={failed} />
      {columns && (
        <May to="edit">
          <Button variant="default" loading={read.isPending} onClick={() => now({ new_columns: true })}>
            Read it with these columns
          </Button>
        </May>
      )}
      {dry.data && (
        <Alert title="Dry run" role="status">
          {numbers(dry.data)} Nothing was written.
        </Alert>
      )}
      {read.data && (
        <Alert color="teal" title="Imported" role="status">
          {numbers(read.data)}
        </Alert>
      )}
      <Confirm
        opened={asked !== undefined}
        title={`Read ${of.label} now?`}
        action="Read it"
        busy={read.isPending}
        error={read.error instanceof ApiError && read.error.code === "confirm" ? null : read.error}
        onConfirm={() => now({ confirm: true })}
        onClose={() => setAsked(undefined)}
      >
        <Text>{readable(asked ?? "")}</Text>
      </Confirm>
    </Stack>
  );
}
