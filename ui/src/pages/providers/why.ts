import type { Schemas } from "../../api/client";

/** Why a provider cannot be asked, said beside its name: "has no key". */
export const whyNot = (p: Schemas["ProviderView"]) => (p.why ?? "").replace(/^the provider \S+ /, "");
