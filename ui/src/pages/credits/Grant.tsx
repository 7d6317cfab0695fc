import { Button, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useGrant } from "../../api/queries/money";
import { statusQuery } from "../../api/queries/workspace";
import { Confirm } from "../../ui/Confirm";
import { useCreditUSD } from "../../ui/MoneyText";
import { aCredit, creditsText, formatMoney, micro } from "../../ui/money";

/** Gives the workspace credits; from the first grant on, the balance binds too. */
export function Grant({ filled }: { filled?: boolean }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [credits, setCredits] = useState("");
  const [note, setNote] = useState("");
  const grant = useGrant();
  const usd = useCreditUSD();
  const may = useQuery(statusQuery).data?.may_spend;
  if (!may) return null;
  const good = micro(credits) > 0n;
  return (
    <>
      <Button variant={filled ? "filled" : "default"} onClick={open}>
        Grant credits
      </Button>
      <Confirm
        opened={opened}
        title="Grant credits"
        action={good ? `Grant ${creditsText(credits)}` : "Grant"}
        disabled={!good}
        busy={grant.isPending}
        error={grant.error}
        onClose={close}
        onConfirm={() => grant.mutate({ credits: credits.trim(), note: note || undefined }, { onSuccess: close })}
      >
        <TextInput
          label="Credits"
          inputMode="decimal"
          value={credits}
          onChange={(e) => setCredits(e.currentTarget.value)}
          description={good ? formatMoney(credits, usd) : undefined}
        />
        <TextInput label="Note" value={note} onChange={(e) => setNote(e.currentTarget.value)} />
        <Text c="dimmed" size="xs">
          {aCredit(usd)} Granting pays nobody: it says how much this workspace may spend in all. Once you grant credits,
          nothing runs beyond the balance. Until then, only limits apply.
        </Text>
      </Confirm>
    </>
  );
}
