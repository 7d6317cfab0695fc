import { expect, it } from "vitest";
import { csv } from "./csv";

it("quotes what needs it", () => {
  expect(
    csv([
      ["a", 'b "c"', "d,e"],
      ["=1+1", "-2.5", "@x"],
    ]),
  ).toBe('a,"b ""c""","d,e"\r\n\'=1+1,-2.5,\'@x\r\n');
});
