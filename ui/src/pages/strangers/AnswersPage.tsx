import { Anchor, Button, Group, SegmentedControl, Text } from "@mantine/core";
import { IconDownload, IconUserQuestion } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import {
  type Stranger,
  type StrangerState,
  strangerCountsQuery,
  strangerStates,
  strangersQuery,
} from "../../api/queries/strangers";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { useEnrichmentLabel } from "../../ui/labels";
import { Page } from "../../ui/Page";
import { count } from "../../ui/time";
import { useKeys } from "../../ui/useKeys";
import { Waiting } from "../../ui/Waiting";
import { Listed } from "../duplicates/Listed";
import review from "../duplicates/Review.module.css";
import { Answer } from "./Answer";
import { ReviewTabs } from "./ReviewTabs";

const icon = <IconUserQuestion size={30} stroke={1.5} />;
const idOf = (v: Stranger) => `${v.call}-${v.record_id}`;

/** Answers that were paid for and are about somebody else than the record: a person decides, by keys or clicks. */
export function AnswersPage() {
  const { state = "held", enrichment } = useSearch({ from: "/review/answers" });
  const go = useNavigate();
  const list = useInfiniteQuery(strangersQuery({ state, enrichment }));
  const counts = useQuery(strangerCountsQuery(enrichment)).data;
  const called = useEnrichmentLabel();
  const [at, setAt] = useState(0);
  const items = list.data?.pages.flatMap((p) => p.items ?? []) ?? [];
  const shown = items[Math.min(at, items.length - 1)];
  const step = (by: number) => setAt((n) => Math.max(0, Math.min(items.length - 1, n + by)));
  useKeys({ j: () => step(1), k: () => step(-1) });
  const set = (change: { state?: StrangerState; enrichment?: string }) => {
    setAt(0);
    void go({
      to: "/review/answers",
      search: {
        state: kept(change.state ?? state),
        enrichment: "enrichment" in change ? change.enrichment : enrichment,
      },
    });
  };
  return (
    <Page
      name="Answers held back"
      title="Review"
      sub={
        counts &&
        `${count(counts.held, "answer")} held back · ${counts.accepted} accepted · ${counts.rejected} rejected`
      }
      actions={
        <Group gap="xs">
          <SegmentedControl
            aria-label="Which"
            data={strangerStates.map((s) => ({
              value: s,
              label: { held: "Held back", accepted: "Accepted", rejected: "Rejected" }[s],
            }))}
            value={state}
            onChange={(v) => set({ state: strangerStates.find((s) => s === v) })}
          />
          <Button
            variant="default"
            leftSection={<IconDownload size={14} />}
            component="a"
            href="/api/v1/strangers/claims.csv"
            download
            title="What to claim back from providers: each call that was billed for an answer about somebody else"
          >
            Export claims
          </Button>
        </Group>
      }
    >
      <ReviewTabs shown="answers" />
      {enrichment && (
        <Text mb="xs">
          Only of{" "}
          <Anchor component={Link} to={`/enrichments/${enrichment}`} inherit underline="always">
            {called(enrichment)}
          </Anchor>
          .{" "}
          <Anchor component="button" inherit onClick={() => set({ enrichment: undefined })}>
            Show all
          </Anchor>
        </Text>
      )}
      <ErrorNote error={list.error} retry={() => void list.refetch()} />
      {!list.data && !list.error && <Waiting rows={4} />}
      {list.data && items.length === 0 && <Nothing state={state} />}
      {shown && (
        <div className={review.both}>
          <Listed
            label="Answers"
            items={items}
            shown={shown}
            idOf={idOf}
            line={(v) => [v.record || `No name (${v.record_id})`, toldName(v)]}
            onShow={setAt}
            onMore={list.hasNextPage ? () => void list.fetchNextPage() : undefined}
            loading={list.isFetchingNextPage}
          />
          <Answer key={idOf(shown)} of={shown} />
        </div>
      )}
    </Page>
  );
}

/** The state as it stands in the address, where what waits has none. */
const kept = (s: StrangerState) => (s === "held" ? undefined : s);

/** Whom the answer is about, by its own name. */
const toldName = (v: Stranger) => (v.parts ?? []).find((p) => p.part === "name")?.answer ?? "";

/** What comes here, and how. */
function Nothing({ state }: { state: StrangerState }) {
  if (state !== "held")
    return (
      <EmptyState icon={icon} title="Nothing here">
        Answers that you {state === "accepted" ? "accept" : "reject"} are listed here.
      </EmptyState>
    );
  return (
    <EmptyState icon={icon} title="No answer is held back">
      Providers sometimes answer about somebody else: a namesake, a colleague, another company. Such an answer is paid
      for and written nowhere: it comes here, beside what is known of the record. You accept it, for free, or reject it.
      The same question is not bought again.
    </EmptyState>
  );
}
