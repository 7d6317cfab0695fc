import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { ApiError } from "../api/problem";
import { readable } from "./time";
import { spoken } from "./words";

it("leaves commands out, and the act in words", () => {
  expect(spoken("Raise it (fettle enrichment limit work-email --credits N) and resume.")).toBe("Raise it and resume.");
  expect(spoken("Import without running (--no-run), or wait.")).toBe("Import without running, or wait.");
  expect(spoken("Nobody is following (fettle serve or fettle worker).")).toBe("Nobody is following.");
  expect(spoken("It costs 3 credits (US$0.03), or (by the last run) 4.")).toBe(
    "It costs 3 credits (US$0.03), or (by the last run) 4.",
  );
});

it("is how everything that the server says comes in", () => {
  const err = new ApiError({ detail: "x is live already", hint: "Watch it (fettle enrichment show x)." }, 409);
  expect(err.hint).toBe("Watch it.");
  expect(readable("Grant credits (fettle credits grant N) before 2026-12-01T00:00:00Z.")).toBe(
    "Grant credits before December 1, 2026 at 00:00 UTC.",
  );
});

/** The texts of the app itself: what stands in its source, without comments and imports. */
function* sources(folder: string): Generator<[string, string]> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(name) && !/\.test\.|schema\.d\.ts$|words\.ts$/.test(name))
      yield [path, readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")];
  }
}

it("stands in no text of the app", () => {
  const found = [...sources(resolve(import.meta.dirname, ".."))].flatMap(([path, text]) =>
    [...text.matchAll(/\bfettle [a-z]{3,}|[\s"'`(]--(?!mantine|fettle)[a-z]{2,}[a-z-]*(?!.*[:)\]])/g)].map(
      (m) => `${path}: ${m[0]}`,
    ),
  );
  expect(found).toEqual([]);
});
