import { expect, it } from "vitest";
import { trim } from "./worn";

it("keeps the rules whose classes are all worn", () => {
  const css = `:root{--a:1px}
.m_aaaaaa1 { color: red }
.m_bbbbbb2:where([data-x="1,2"]), .m_aaaaaa1:not(:where(.x, .y)) { top: 0 }
.m_aaaaaa1 .m_bbbbbb2 { left: 0 }
@media (min-width: 1px) { .m_bbbbbb2 { top: 1px } }
@media (min-width: 1px) { .m_aaaaaa1 { top: 1px } .m_bbbbbb2 { top: 1px } }
@keyframes m_kf { from { top: 0 } to { top: 1px } }`;
  expect(trim(css, new Set(["m_aaaaaa1"])).replaceAll(/\s/g, "")).toBe(
    ":root{--a:1px}.m_aaaaaa1{color:red}.m_aaaaaa1:not(:where(.x,.y)){top:0}@media(min-width:1px){.m_aaaaaa1{top:1px}}@keyframesm_kf{from{top:0}to{top:1px}}",
  );
});
