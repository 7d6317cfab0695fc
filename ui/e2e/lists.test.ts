import { afterAll, beforeAll, describe, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile, go } from "./walk";

const staff = "id,name\n1,Ann Lee\n2,Bob Roe\n3,Cid Poe\n";
const guests = "id,name\n1,Xen Ito\n2,Yul Kim\n";

describe.skipIf(!ready)("an unrelated list with the same column of ids", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
    await checkFile(w.page, "staff.csv", staff);
    await w.page.getByText("The id of each row is id, in the list csv:id.").waitFor();
    await w.page.getByRole("button", { name: "Import 3 rows" }).click();
    await w.page.getByText("3created").waitFor();
  });
  afterAll(() => w?.stop());

  const question = () => w.page.getByRole("alert").filter({ hasText: "Is this the same list?" });

  it("is asked about before anything is written", async () => {
    const { page } = w;
    await checkFile(page, "guests.csv", guests);
    await question().getByText("such as line 2: 1 is Xen Ito here and Ann Lee there").waitFor();
    await go(page, "People");
    await page.getByText("3 people", { exact: true }).waitFor();
  });

  it("goes in beside the other under a name of its own", async () => {
    const { page } = w;
    await checkFile(page, "guests.csv", guests);
    await question().getByRole("textbox", { name: "Name of this list" }).fill("webinar");
    await question().getByRole("button", { name: "It is another list" }).click();
    await page.getByText("The id of each row is id, in the list webinar.").waitFor();
    await page.getByRole("button", { name: "Import 2 rows" }).click();
    await page.getByText("2created").waitFor();
    await go(page, "People");
    await page.getByText("5 people", { exact: true }).waitFor();
  });

  it("updates the list where somebody says that it is the same", async () => {
    const { page } = w;
    await checkFile(page, "guests.csv", guests);
    await question().getByRole("button", { name: "It is the same list" }).click();
    await page.getByText("2would be updated").waitFor();
  });
});
