import { describe, expect, it } from "vitest";
import { fieldKey, slug, typedName } from "./names";

describe("names", () => {
  it("stand in a URL", () => {
    expect(slug(" Work E-mail! ")).toBe("work-e-mail");
    expect(slug("Ünï code!!")).toBe("uni-code");
    expect(slug("100 best")).toBe("100-best");
  });

  it("may end in a dash while they are typed", () => {
    expect(typedName("work ")).toBe("work-");
  });

  it("are keys of fields", () => {
    expect(fieldKey("Work E-mail!")).toBe("work_e_mail");
    expect(fieldKey("2nd Größe (cm)")).toBe("nd_gro_e_cm");
  });
});
