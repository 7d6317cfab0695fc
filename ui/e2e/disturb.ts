import type { Page } from "playwright-core";
import type { Fragile } from "./fragile";
import { asItLeaves, expires } from "./walk";

// What may come between somebody and what they are about to do.

/** A second tab looks at the same page; the server is killed and starts again; the session ends and one signs in anew. */
export type Disturbance = "a second tab" | "a killed server" | "an expired session";

/** From now on everyone has to say who they are, so that a session can end. */
export async function guard(f: Fragile) {
  const made = await f.page.context().request.post(`${f.url}/api/v1/tokens`, { data: { name: "ci", role: "viewer" } });
  if (!made.ok()) throw new Error(await made.text());
}

/**
 * Does the one act that a journey is about in the middle of a disturbance, and goes on when it is over. What was done
 * is to be seen on the page, and in a second tab where there is one.
 */
export async function under(
  f: Fragile,
  what: Disturbance,
  act: () => Promise<void>,
  seen: (page: Page) => Promise<void>,
) {
  const { page } = f;
  if (what === "a second tab") {
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByRole("main").waitFor();
    await page.bringToFront();
    await act();
    await seen(page);
    await other.reload();
    await seen(other);
    await other.close();
    return;
  }
  if (what === "a killed server") {
    await asItLeaves(page, () => f.stop("SIGKILL"));
    await act();
    await page.getByText("Your change waits.").waitFor();
    await f.start();
    await page.getByText("Your change waits.").waitFor({ state: "hidden" });
    return seen(page);
  }
  await expires(page);
  await act();
  const again = page.getByRole("dialog", { name: "Your session has ended" });
  await again.waitFor();
  const beside = await page.context().newPage();
  await beside.goto(f.link());
  await beside.getByText("local · admin").waitFor();
  await beside.close();
  await page.bringToFront(); // a page out of sight asks nothing
  await again.waitFor({ state: "hidden" });
  await seen(page);
}
