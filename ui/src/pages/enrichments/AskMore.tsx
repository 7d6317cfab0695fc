import { Button, Text, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { requestsQuery, useAskMore, whatToAskQuery } from "../../api/queries/requests";
import { statusQuery } from "../../api/queries/workspace";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { about, creditsText, micro } from "../../ui/money";
import { May } from "../../ui/Permitted";
import { count, readable } from "../../ui/time";
import { sentence } from "../../ui/words";

/** Asks an admin for more, from where a limit stops an enrichment. */
export function AskMore({ of }: { of: Schemas["EnrichmentView"] }) {
  const [opened, { open, close }] = useDisclosure(false);
  const me = useQuery(statusQuery).data?.actor;
  const open_ = useQuery(requestsQuery()).data?.items;
  const mine = open_?.find((r) => r.enrichment === of.name && r.asker === me);
  if (of.state !== "paused" || of.pause_reason !== "limit" || of.room_again) return null;
  if (mine) {
    return (
      <Text mt="xs">
        You asked that it be {amountText(mine)}: an admin decides until {mine.expires_at.slice(0, 10)}.{" "}
        <Link to="/credits" search={{ tab: "requests" }}>
          See the request
        </Link>
      </Text>
    );
  }
  return (
    <>
      <May to="edit">
        <Button variant="default" mt="xs" display="block" onClick={open}>
          Ask for more
        </Button>
      </May>
      {opened && <AskDialog of={of} onClose={close} />}
    </>
  );
}

function AskDialog({ of, onClose }: { of: Schemas["EnrichmentView"]; onClose: () => void }) {
  const what = useQuery(whatToAskQuery(of.name));
  const ask = useAskMore();
  const [amount, setAmount] = useState<string>();
  const [reason, setReason] = useState("");
  const inRecords = what.data?.records != null;
  const shown = amount ?? (inRecords ? String(what.data?.records) : (what.data?.credits ?? ""));
  const good = Boolean(what.data && reason.trim() && (inRecords ? Number(shown) > 0 : micro(shown) > 0n));
  const send = () => {
    if (!what.data) return;
    const { scope, key, per } = what.data;
    ask.mutate(
      {
        enrichment: of.name,
        scope,
        key,
        per,
        reason: reason.trim(),
        ...(inRecords ? { records: Number(shown) } : { credits: shown.trim() }),
      },
      { onSuccess: onClose },
    );
  };
  return (
    <Confirm
      opened
      title="Ask for more"
      action="Ask an admin"
      disabled={!good}
      busy={ask.isPending}
      error={ask.error}
      onConfirm={send}
      onClose={onClose}
    >
      <ErrorNote error={what.error} />
      {what.data && (
        <>
          <Text>{sentence(readable(what.data.text))}</Text>
          <Text>
            {count(what.data.rows, "row")} left to buy: about{" "}
            {creditsText(about(what.data.expected_credits, what.data.high_credits))}, at most{" "}
            {creditsText(what.data.high_credits)}.
          </Text>
        </>
      )}
      <TextInput
        label={inRecords ? "The limit is to be, in records" : "The limit is to be, in credits"}
        inputMode="decimal"
        value={shown}
        onChange={(e) => setAmount(e.currentTarget.value)}
        description="In all, with what is used already. This is what all rows fit at their highest price."
      />
      <Textarea label="What it is for" value={reason} onChange={(e) => setReason(e.currentTarget.value)} autosize />
      <Text c="dimmed" size="xs">
        Another admin approves it, once, within seven days. Then it goes on from the same row, on your account.
      </Text>
    </Confirm>
  );
}

/** "8,000 credits", "900 records". */
export const amountText = (a: { credits?: string; records?: number }) =>
  a.records != null ? count(a.records, "record") : creditsText(a.credits ?? "0");
