import { expect, it } from "vitest";
import { code } from "./code";

it("fetches code again until the server answers", async () => {
  let tries = 0;
  const fetched = code(
    async () => {
      if (++tries < 3) throw new TypeError("Failed to fetch dynamically imported module");
      return "page";
    },
    async () => tries > 1,
  );
  expect(await fetched()).toBe("page");
});

it("gives up on code that the server does not have", async () => {
  const gone = new TypeError("Failed to fetch dynamically imported module");
  await expect(
    code(
      () => Promise.reject(gone),
      async () => true,
    )(),
  ).rejects.toBe(gone);
});
