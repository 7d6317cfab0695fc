import { describe, expect, it } from "vitest";
import type { Schemas } from "../../api/client";
import { next, wayOn } from "./next";

const of = (e: Partial<Schemas["EnrichmentView"]>) =>
  ({
    state: "live",
    followed: true,
    audience: ["leaders"],
    definition: { follow: true },
    ...e,
  }) as Schemas["EnrichmentView"];

describe("what happens next", () => {
  it("says it in every state, and leads on where it stands still", () => {
    expect(next(of({}))).toBe("It follows leaders.");
    expect(wayOn(of({}))).toBeUndefined();
    expect(next(of({ remaining_rows: 0, rows: { waiting: 0 } as never }))).toBe(
      "All its rows are done. It follows leaders: who enters or changes is asked then.",
    );
    const full = { none: false, credits: "22", left_credits: "0", used_credits: "22" };
    expect(next(of({ limits: [full] as never }))).toContain("Its limit is reached");
    expect(wayOn(of({ limits: [full] as never }))?.to).toBe("limit");
    expect(next(of({ limits: [{ ...full, left_credits: "1" }] as never }))).toBe("It follows leaders.");
    expect(next(of({ followed: false }))).toContain("whoever runs the server has to start a worker");
    expect(wayOn(of({ state: "draft" }))?.to).toBe("start");
    expect(wayOn(of({ state: "paused", pause_reason: "limit" }))?.to).toBe("limit");
    expect(wayOn(of({ state: "paused", pause_reason: "limit", room_again: true }))?.to).toBe("start");
    expect(wayOn(of({ state: "paused", pause_reason: "balance" }))?.to).toBe("credits");
    expect(wayOn(of({ state: "paused", pause_reason: "provider" }))?.to).toBe("providers");
    expect(wayOn(of({ state: "paused", pause_reason: "failures" }))?.to).toBe("start");
    expect(next(of({ state: "paused", pause_reason: "finished" }))).toBe("It ran once, and is done.");
  });
});
