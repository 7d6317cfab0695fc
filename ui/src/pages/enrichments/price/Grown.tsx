import { Alert } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { creditsText } from "../../../ui/money";
import { count } from "../../../ui/time";

type Estimate = Schemas["Estimate"];

/** The price as it was shown, and as it is now. */
export function Grown({ before, now }: { before: Estimate; now: Estimate }) {
  return (
    <Alert color="orange" role="alert" title="The price has grown since you looked, so nothing was started">
      It was {count(before.to_run, "row")}, at most {creditsText(before.high_credits)}. It is now{" "}
      {count(now.to_run, "row")}, at most {creditsText(now.high_credits)}. Start again if that is what you want.
    </Alert>
  );
}
