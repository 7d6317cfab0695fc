import { Table } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { percent } from "../../../ui/Bar";
import { Figure } from "../../../ui/chart/Figure";
import { Funnel } from "../../../ui/chart/Funnel";
import { grouped } from "../../../ui/grouped";
import { useProviderTitle } from "../../../ui/labels";
import { formatCredits, micro } from "../../../ui/money";

type Step = Schemas["StepProgress"];

/** What each step was asked, found and cost; several are a waterfall, in which each is asked for what those before did not find. */
export function StepsFunnel({ progress }: { progress: Schemas["EnrichmentProgress"] }) {
  const steps = progress.steps ?? [];
  const provider = useProviderTitle();
  const several = steps.filter((s) => !s.earlier).length > 1;
  return (
    <Figure
      title={several ? "Waterfall: what each step found and cost" : "What its step found and cost"}
      legend={[
        { label: "found", kind: 0 },
        { label: several ? "not found, passed on to the next step" : "not found", kind: "open" },
      ]}
      says="Calls whose outcome is known, over its whole life. A row that was asked again counts each time."
    >
      <Funnel
        label="Steps"
        bars={several ? "found | passed on" : "found | not found"}
        head={["Asked", "Found", "Hit rate", "Credits", "Per hit"]}
        of={steps.map((s) => ({
          key: `${s.step}-${s.provider}-${s.model}-${s.earlier}`,
          name: `${s.step}. ${provider(s.provider)}`,
          note: noteOf(s),
          asked: s.asked,
          found: s.found,
          numbers: [
            s.computed ? "" : grouped(s.asked),
            s.computed ? "" : grouped(s.found),
            s.asked > 0 ? percent(s.found, s.asked) : "",
            s.computed ? "free" : formatCredits(s.spent_credits),
            s.found > 0 ? formatCredits(s.cost_per_found_credits) : "",
          ],
        }))}
        foot={
          <>
            {micro(progress.other_credits) !== 0n && (
              <Foot label="Counted as spent by a person, or answered late" credits={progress.other_credits} />
            )}
            <Foot label="All that was spent" credits={progress.spent_credits} />
          </>
        }
      />
    </Figure>
  );
}

function noteOf(s: Step): string | undefined {
  const notes = [s.model, s.computed && "computed, without calls", s.earlier && "asked by an earlier version"];
  return notes.filter(Boolean).join(" · ") || undefined;
}

function Foot({ label, credits }: { label: string; credits: string }) {
  return (
    <Table.Tr>
      <Table.Td colSpan={5}>{label}</Table.Td>
      <Table.Td ta="right" className="tabular" fw={600}>
        {formatCredits(credits)}
      </Table.Td>
      <Table.Td />
    </Table.Tr>
  );
}
