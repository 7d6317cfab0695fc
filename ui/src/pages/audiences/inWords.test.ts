import { expect, it } from "vitest";
import type { Readable } from "./builder/tree";
import { filterInWords } from "./inWords";

const readables: Readable[] = [
  { name: "location", label: "Location", type: "text" },
  { name: "title", label: "Job title", type: "text" },
  { name: "email", label: "Email", type: "email" },
  { name: "since", label: "Since", type: "date" },
  { name: "company.industry", label: "Company: Industry", type: "text" },
];

it.each([
  ['location == "Berlin"', "Location is Berlin"],
  ['title.contains("engineer") && blank(email)', "Job title contains engineer and Email is blank"],
  [
    '(location in ["Berlin", "Paris"] || company.industry != "Retail") && within(since, "30d")',
    "(Location is any of Berlin, Paris or Company: Industry is not Retail) and Since is within the last 30 days",
  ],
  ['!(location == "Berlin" || filled(email))', "not (Location is Berlin or Email is filled)"],
  ['source(email) == "by hand"', "Source of Email is by hand"],
  ['signals.exists(s, s.type == "job_change" && within(s.at, "30d"))', "Signal job change within the last 30 days"],
  ["size(title) > 3", "size(title) > 3"],
])("%s", (where, words) => {
  expect(filterInWords(where, readables)).toBe(words);
});
