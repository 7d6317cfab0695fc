import { expect, it } from "vitest";
import { inWords } from "./key";
import { arrival } from "./Receipt";

it("speaks of keys", () => {
  expect(inWords("external:csv:record-id:510:7")).toBe("the id 510:7");
  expect(inWords("external:hubspot:51")).toBe("the id 51");
  expect(inWords("email:ann@acme.com")).toBe("the email ann@acme.com");
  expect(inWords("linkedin:in/ann")).toBe("LinkedIn in/ann");
  expect(inWords("row")).toBe("every cell: the very same row");
  expect(inWords("pr:6e28e8922ac48efe9ca75e61e5793b6a")).toBe("every cell: the very same row");
  expect(inWords(undefined)).toBe("–");
});

const field = (file: number, table: number, reason?: string) => ({
  field: "email",
  column: "Email",
  file,
  table,
  differs: reason ? [{ reason, rows: file - table }] : [],
});

it("counts a column as short only where values are missing from the table", () => {
  expect(
    arrival([field(3, 3), field(3, 2, "on the record of another row"), field(3, 2, "counted as blank")], false),
  ).toBe("All 3 columns have arrived");
  expect(arrival([field(3, 3), field(3, 2, "set aside")], true)).toBe(
    "All 2 columns would arrive, 1 of them without some values",
  );
  expect(arrival([field(3, 2)], false)).toBe("The one column has arrived, without some of its values");
});
