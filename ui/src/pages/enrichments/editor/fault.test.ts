import { expect, it } from "vitest";
import { ApiError } from "../../../api/client";
import { faultOf } from "./fault";

const refused = (detail: string, key?: string) =>
  new ApiError({ detail, code: "invalid", hint: "Did you mean title?", details: key ? { key } : {} }, 422);

it("tells the fault without the way to it", () => {
  expect(
    faultOf(refused('steps[0]: prompt: line 1, column 7: people have no field "titel"', "steps[0].prompt")),
  ).toEqual({
    key: "steps[0].prompt",
    text: 'Line 1, column 7: people have no field "titel". Did you mean title?',
  });
  expect(faultOf(refused('schedule.at: "25:00" is no time of the day', "schedule.at"))?.text).toBe(
    '"25:00" is no time of the day. Did you mean title?',
  );
});

it("leaves alone what has no place", () => {
  expect(faultOf(refused("it is live"))).toBeUndefined();
  expect(faultOf(new Error("no"))).toBeUndefined();
});
