import { expect, it } from "vitest";
import type { Schemas } from "../../../api/client";
import { gapsOf } from "./suggest";

const field = (key: string, type = "text") => ({ field: key, label: key.toUpperCase(), type }) as Schemas["Field"];
const fields = [field("email", "email"), field("title"), field("notes"), field("name")];
const hub = {
  records: 10,
  fields: [
    { field: "email", label: "EMAIL", filled: 4 },
    { field: "title", label: "TITLE", filled: 0 },
    { field: "notes", label: "NOTES", filled: 0 },
    { field: "name", label: "NAME", filled: 10 },
  ],
} as unknown as Schemas["HubView"];
const provider = (title: string, ready: boolean, ...outputs: string[]) =>
  ({
    title,
    ready,
    operations: [{ id: `${title}/op`, entity: "people", outputs: outputs.map((name) => ({ name, type: "text" })) }],
  }) as unknown as Schemas["ProviderView"];

it("suggests the emptiest fields that somebody fills, who can be asked first", () => {
  const providers = [provider("keyless", false, "email", "name"), provider("connected", true, "email", "title")];
  expect(gapsOf(hub, fields, providers, "people")).toEqual([
    { field: "title", label: "TITLE", rate: 0, by: ["connected"] },
    { field: "email", label: "EMAIL", rate: 0.4, by: ["connected", "keyless"] },
  ]);
  expect(gapsOf(hub, fields, providers, "companies")).toEqual([]);
  expect(gapsOf({ ...hub, records: 0 }, fields, providers, "people")).toEqual([]);
});
