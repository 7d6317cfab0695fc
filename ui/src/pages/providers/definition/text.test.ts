import { describe, expect, it } from "vitest";
import { copyOf, idOf, lineAt, list } from "./text";

describe("the text of a definition", () => {
  it("makes an id of a name", () => {
    expect(idOf("Finder & Co.")).toBe("finder-co");
    expect(idOf("Äpfel")).toBe("a-pfel");
    expect(idOf("42 Finder")).toBe("finder");
    expect(idOf("")).toBe("");
  });
  it("parts what is listed", () => {
    expect(list("full_name, company_domain=domain,")).toEqual(["full_name", "company_domain=domain"]);
  });
  it("finds a line", () => {
    const text = "a\nbcd\n\ne";
    expect(text.slice(...lineAt(text, 2))).toBe("bcd");
    expect(text.slice(...lineAt(text, 4))).toBe("e");
    expect(lineAt(text, 9)).toEqual([text.length + 1, text.length + 1]);
  });
  it("gives a copy an id of its own", () => {
    expect(copyOf("kind: DataProvider\nid: hunter\nname: Hunter\n", "hunter")).toBe(
      "kind: DataProvider\nid: my-hunter\nname: Hunter\n",
    );
  });
});
