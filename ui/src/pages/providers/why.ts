import type { Schemas } from "../../api/client";

/** Why a provider cannot be asked, said beside its name: "has no key". */
export const whyNot = (p: Schemas["ProviderView"]) =>
  /^the price of one /.test(p.why ?? "")
    ? `needs a price: what one ${p.unit === "credit" ? "of its credits" : p.unit} costs you`
    : (p.why ?? "").replace(/^the (simulated provider|provider \S+) /, "");
