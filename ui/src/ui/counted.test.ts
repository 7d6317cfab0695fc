import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const things =
  "rows|records|values|calls|lines|columns|cells|credits|fields|pairs|people|companies|emails|enrichments|operations|charges";
// A number in braces, and beside it the thing that it counts, as "{n} rows": of one it says "1 rows".
const bare = new RegExp(`\\$?\\{([^{}]|\\{[^{}]*\\})*\\} (more |new |other )?(${things})\\b(?!=)`);
// The words come from count or creditsText, the number is a bound, or one is written apart.
const fine = /count\(|creditsText|most[A-Z]|Credits\(|=== 1|n\(limit|The one|\bof \{|Sorting/;

it("counts things with count, which knows the singular", () => {
  const root = new URL("../", import.meta.url).pathname;
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (f) => /\.tsx?$/.test(f) && !/\.test\.ts$|schema\.d\.ts$/.test(f),
  );
  expect(files.length).toBeGreaterThan(200);
  const bad = files.flatMap((f) =>
    readFileSync(join(root, f), "utf8")
      .split("\n")
      .flatMap((line, i) => (bare.test(line) && !fine.test(line) ? [`${f}:${i + 1}: ${line.trim()}`] : [])),
  );
  expect(bad).toEqual([]);
});
