import { expect, it } from "vitest";
import { fieldKey, slug } from "./names";

it("makes names that stand in a URL", () => {
  expect(slug(" Work E-mail! ")).toBe("work-e-mail");
  expect(slug("Ünï code!!")).toBe("uni-code");
  expect(slug("100 best")).toBe("100-best");
});

it("makes keys of fields", () => {
  expect(fieldKey("Work E-mail!")).toBe("work_e_mail");
  expect(fieldKey("2nd Größe (cm)")).toBe("nd_gro_e_cm");
});
