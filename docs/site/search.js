// Lists the pages that have all the words, with the line that has the first of them.
const box = document.getElementById("search");
const list = document.getElementById("found");
let pages;
box.addEventListener("input", async () => {
  pages ??= await (await fetch("search.json")).json();
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  list.replaceChildren();
  if (words.length === 0) return;
  const hits = pages.filter((p) => words.every((w) => p.text.toLowerCase().includes(w)));
  for (const p of hits.slice(0, 12)) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const line = p.text.split("\n").find((l) => l.toLowerCase().includes(words[0])) ?? "";
    link.href = p.page;
    link.textContent = `${p.title}: ${line.replace(/[#*`|]/g, "").trim().slice(0, 90)}`;
    item.append(link);
    list.append(item);
  }
  if (hits.length === 0) list.append(Object.assign(document.createElement("li"), { textContent: "No page has these words." }));
});
