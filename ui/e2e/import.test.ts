import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile, go } from "./walk";

// Line 3 has a title that is too long, which is set aside; line 5 more cells
// than the heading, which rejects it.
const csv = `External ID,Name,Email,Title,Location
a1,Ada Berger,ada@acme.example,Engineer,Berlin
a2,Noor Okafor,noor@acme.example,${"x".repeat(70_000)},Berlin
a3,Kofi Silva,not an address,Head of Sales,Lisbon
a4,Yuki Tanaka,yuki@acme.example,Engineer,Tokyo,one,too many
a5,Omar Haddad,omar@acme.example,CTO,Paris
`;

describe.skipIf(!ready)("a file with errors", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
  });
  afterAll(() => w?.stop());

  async function rejectsAreListed() {
    const { page } = w;
    await page.getByRole("heading", { name: "1 row is rejected" }).waitFor();
    await page.getByRole("row", { name: "5 – the row has 7 cells, the heading has 5" }).waitFor();
  }

  it("shows them before anything is written", async () => {
    const { page } = w;
    await checkFile(page, "people.csv", csv);
    await rejectsAreListed();
    await page.getByRole("heading", { name: "1 value is set aside; the rows go in without" }).waitFor();
    await page.getByRole("row", { name: /^3 Title x+.* the value has 70000 bytes, more than the 65536/ }).waitFor();
    await page.getByText("4would be created").waitFor();
    expect(await page.getByRole("button", { name: "Download them" }).count()).toBe(0);
    await go(page, "People");
    await page.getByText("No people yet").waitFor();
  });

  it("imports the good rows, and lists and downloads the others", async () => {
    const { page } = w;
    await checkFile(page, "people.csv", csv);
    await page.getByRole("button", { name: "Import 4 rows" }).click();
    await page.getByText("4created").waitFor();
    await rejectsAreListed();
    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download them" }).click();
    const file = await coming;
    expect(file.suggestedFilename()).toMatch(/^rejects-\d+\.csv$/);
    const [heading, ...rejected] = readFileSync(await file.path(), "utf8")
      .trim()
      .split(/\r?\n/);
    expect(heading).toBe("line,field,reason,Email,External ID,Location,Name,Title");
    expect(rejected).toEqual([
      '5,,"the row has 7 cells, the heading has 5",yuki@acme.example,a4,Tokyo,Yuki Tanaka,Engineer',
    ]);
    await go(page, "Import"); // begins another
    await page.getByRole("button", { name: "Choose a file" }).waitFor();
    await page.goBack();
    await page.getByText("4created").waitFor();
    await page.getByRole("link", { name: "See the records" }).click();
    await page.getByText("4 people", { exact: true }).waitFor();
    for (const name of ["Ada Berger", "Noor Okafor", "Kofi Silva", "Omar Haddad"])
      await page.getByRole("gridcell", { name, exact: true }).waitFor();
    await page.getByTitle("not an address — not a valid email").waitFor();
  });

  it("keeps the result, and takes the import back", async () => {
    const { page } = w;
    await go(page, "Import");
    await page.getByRole("link", { name: "people.csv" }).click();
    await rejectsAreListed();
    await page.getByRole("button", { name: "Take it back" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
    await page.getByText("undone", { exact: true }).waitFor();
    await go(page, "People");
    await page.getByText("No people yet").waitFor();
  });
});

const roster = `bioguide,Name,Born,A column whose name is very much longer than any name of a column has a right to be
B000944,Ann Lee,1952-11-09,x
C000127,Bob Ray,1958-10-13,x
C000141,Cid Roe,1943-10-05,x
C000174,Dan Orr,1947-01-23,x
C001070,Eve Poe,1960-04-13,x
`;

describe.skipIf(!ready)("a file that is not what it seems", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
  });
  afterAll(() => w?.stop());

  async function choose(name: string, buffer: Buffer) {
    const { page } = w;
    await go(page, "People"); // leaves what was begun
    await go(page, "Import");
    const asked = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Choose a file" }).click();
    await (await asked).setFiles({ name, mimeType: "text/csv", buffer });
  }

  async function put(column: string, field: string) {
    const { page } = w;
    await page.getByRole("combobox", { name: `Field of ${column}` }).click();
    await page.getByRole("option", { name: field, exact: true }).click();
  }

  it("is refused by what it looks like, where it is no table", async () => {
    const { page } = w;
    await choose("people.csv", Buffer.from("\x89PNG\r\n\x1a\n\0\0\0", "latin1"));
    await page.getByText("people.csv is a picture (PNG), not a table").waitFor();
    await page.getByText("Import the table itself, saved as CSV or XLSX.").waitFor();
    await choose("people.csv", Buffer.from('[{"name": "Ann Lee"}]'));
    await page.getByText("people.csv is JSON, not a table").waitFor();
  });

  it("is read as UTF-16, with lines above its headings", async () => {
    const { page } = w;
    const text = "Our people,as of,May\nand,of,June\nName,Email,City\nZo\u00eb Lee,zoe@acme.example,K\u00f6ln\n";
    await choose("people.csv", Buffer.from(`\ufeff${text}`, "utf16le"));
    const line = page.getByRole("textbox", { name: "The columns are named in line" });
    await line.fill("3");
    await line.press("Enter");
    await page.getByText("What is above it is not imported.").waitFor();
    await page.getByRole("row", { name: /^Name Zo\u00eb Lee/ }).waitFor();
    await page.getByRole("button", { name: "Next: how records match" }).click();
    await page.getByText("Email, but not a shared one such as info@ \u2013 the column Email").waitFor();
    await page.getByRole("button", { name: "Check the file" }).click();
    await page.getByText("1would be created").waitFor();
    await page.getByRole("cell", { name: "K\u00f6ln" }).waitFor();
  });

  it("has a column of ids, and says what happens without", async () => {
    const { page } = w;
    await choose("roster.csv", Buffer.from(roster));
    await page.getByRole("button", { name: "Next: how records match" }).click();
    await page.getByText("External ID, within its list \u2013 the column bioguide").waitFor();
    await page.getByRole("button", { name: "Back" }).click();
    // A long name leaves room for where it goes.
    const long = await page.getByRole("combobox", { name: /^Field of A column whose name/ }).boundingBox();
    expect(long && long.x + long.width).toBeLessThan(page.viewportSize()?.width ?? 0);
    await put("bioguide", "Leave it out");
    await put("Born", "Email");
    await page.getByRole("button", { name: "Next: how records match" }).click();
    await page.getByText("External ID, within its list \u2013 no column goes into it").waitFor();
    await page.getByRole("button", { name: "Check the file" }).click();
    const doubts = page.getByRole("region", { name: "Is this meant?" });
    await doubts.getByText("Nothing identifies these people: each row that is not the same").waitFor();
    await doubts.getByText("5 of 5 values of Born are no email addresses, such as \u201c1952-11-09\u201d").waitFor();
  });

  it("has phones of a country, and of none other", async () => {
    const { page } = w;
    await choose("phones.csv", Buffer.from("Name,Phone\nAnn Lee,202-224-2315\n"));
    await page.getByRole("button", { name: "Next: how records match" }).click();
    await page.getByText("Match by phone too").click();
    const country = page.getByRole("textbox", { name: "Country of phones without a country code" });
    await country.fill("XX");
    await page.getByText("XX is no country").waitFor();
    expect(await page.getByRole("button", { name: "Check the file" }).isDisabled()).toBe(true);
    await country.fill("US");
    await page.getByText("United States").waitFor();
    await page.getByRole("button", { name: "Check the file" }).click();
    await page.getByText("1would be created").waitFor();
    expect(await page.getByRole("region", { name: "Is this meant?" }).count()).toBe(0);
  });
});
