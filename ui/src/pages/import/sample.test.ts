import { expect, test } from "vitest";
import { beginning } from "./sample";

const bytesOf = async (f: File) => [...new Uint8Array(await f.arrayBuffer())];

test("the beginning of a file ends with a line", async () => {
  expect(await (await beginning(new File(["a,b\n1,2\n3,4\n"], "x.csv"), 10)).text()).toBe("a,b\n1,2\n");
  expect(await (await beginning(new File(["a,b\n1,2\n"], "x.csv"), 10)).text()).toBe("a,b\n1,2\n");
  expect(await (await beginning(new File(["abcdefghijkl"], "x.csv"), 10)).text()).toBe("abcdefghij");
});

test("a line of UTF-16 is not cut in its line feed", async () => {
  const text = new Uint8Array([0xff, 0xfe, 97, 0, 10, 0, 98, 0, 10, 0, 99, 0, 100, 0]);
  expect(await bytesOf(await beginning(new File([text], "x.csv"), 12))).toEqual([...text.slice(0, 10)]);
});

test("a workbook is sent whole", async () => {
  expect((await beginning(new File(["PK\u0003\u0004 and much more\n"], "x.xlsx"), 8)).size).toBe(19);
});
