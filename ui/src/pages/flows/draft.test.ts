import { describe, expect, it } from "vitest";
import type { Destination } from "../../api/queries/flows";
import { begin, bodyOf, draftOf, httpOf, missing, other, type Web } from "./draft";

const full = {
  ...begin("hubspot-contacts"),
  label: "Our HubSpot",
  audience: "leaders",
  fields: [{ property: " jobtitle ", value: "title" }],
};
const there = (of: object) => ({ label: "L", name: "l", ...of }) as Destination;

describe("the form of a destination", () => {
  it("sends what was filled in", () => {
    expect(bodyOf({ ...full, fields: [...full.fields, { property: "", value: "" }] })).toEqual({
      to: "hubspot-contacts",
      audience: "leaders",
      id: "external_id",
      fields: { jobtitle: "title" },
      on: ["entered", "changed"],
      write: "blanks_only",
    });
  });

  it.each<[Web["auth"], string]>([
    ["none", "https://in.acme.example/people"],
    ["bearer", "https://in.acme.example/people/{id}?from=us"],
    ["header", "https://in.acme.example:8443/"],
  ])("shows an address of one's own again as it was written, %s", (auth, address) => {
    const web: Web = { address, method: "PUT", auth, header: "X-Api-Key" };
    const again = draftOf(there(bodyOf({ ...full, to: other, web })));
    expect(again.web).toEqual(web);
    expect(again.kept).toBeUndefined();
  });

  it("leaves alone what a document says and the form does not", () => {
    const http = {
      ...httpOf({ address: "https://a.example/", method: "POST", auth: "none", header: "" }),
      values: "text",
    };
    const d = draftOf(there({ ...bodyOf({ ...full, to: other }), http }));
    expect(bodyOf(d).http).toBe(http);
  });

  it("says what it needs at its field, one after the other", () => {
    expect(missing(full)).toBeUndefined();
    expect(missing({ ...full, label: " " })?.key).toBe("label");
    expect(missing({ ...full, audience: "" })?.key).toBe("audience");
    expect(missing({ ...full, on: [] })?.key).toBe("on");
    expect(missing({ ...full, to: other })?.key).toBe("http");
    expect(missing({ ...full, fields: [{ property: "city", value: "" }] })?.key).toBe("fields.0");
    const twice = { property: "jobtitle", value: "name" };
    expect(missing({ ...full, fields: [...full.fields, twice] })).toEqual({
      key: "fields.1",
      text: "jobtitle is set twice.",
    });
  });
});
