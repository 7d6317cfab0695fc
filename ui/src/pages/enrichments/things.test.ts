import { expect, it } from "vitest";
import { list, things } from "./things";

const labels = { email: "Email", linkedin_url: "LinkedIn URL", company: "Company", title: "Title" };

it("names what is bought", () => {
  expect(things(640, ["email"], labels)).toBe("640 emails");
  expect(things(1, ["email"], labels)).toBe("1 email");
  expect(things(2, ["linkedin_url"], labels)).toBe("2 LinkedIn URLs");
  expect(things(1200, ["company"], labels)).toBe("1,200 companies");
  expect(things(3, ["title", "linkedin_url"], labels)).toBe("3 rows of Title and LinkedIn URL");
  expect(things(3, [], labels)).toBe("3 rows");
});

it("joins names", () => {
  expect(list(["a", "b", "c"])).toBe("a, b and c");
});
