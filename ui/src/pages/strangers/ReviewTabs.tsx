import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { strangerCountsQuery } from "../../api/queries/strangers";
import { grouped } from "../../ui/grouped";
import { TabList } from "../../ui/TabList";

/** What waits for a person's judgement: records that may be one, and answers that may be about another. */
export function ReviewTabs({ shown }: { shown: "records" | "answers" }) {
  const go = useNavigate();
  const held = useQuery(strangerCountsQuery()).data?.held ?? 0;
  return (
    <Tabs value={shown} onChange={(v) => void go({ to: v === "answers" ? "/review/answers" : "/review" })}>
      <TabList shown={shown} mb="sm">
        <Tabs.Tab value="records">Duplicates</Tabs.Tab>
        <Tabs.Tab value="answers">Answers held back{held > 0 && ` (${grouped(held)})`}</Tabs.Tab>
      </TabList>
    </Tabs>
  );
}
