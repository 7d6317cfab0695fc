const first = ["Ada", "Noor", "Mateo", "Ines", "Kofi", "Lena", "Yuki", "Omar", "Priya", "Jonas"];
const last = ["Berger", "Okafor", "Lindqvist", "Moreau", "Tanaka", "Silva", "Novak", "Haddad", "Rossi", "Kaur"];
const titles = ["Software Engineer", "Head of Sales", "VP Engineering", "Product Manager", "CTO", "", "Data Analyst"];
const places = ["Berlin", "Paris", "", "Lisbon", "Toronto"];
const companies = ["northwind", "acorn", "bluefin", "cedar", "delta", "ember", "fjord", "granite"];

/** Two hundred invented people, without emails: something to fill. */
export function sampleFile(): File {
  const lines = ["id,name,first_name,last_name,title,location,company_domain"];
  for (let i = 0; i < 200; i++) {
    const f = first[i % 10] as string;
    const l = last[Math.floor(i / 10) % 10] as string;
    const name = i < 100 ? `${f} ${l}` : `${f} ${last[(i * 7 + 3) % 10]}-${l}`;
    lines.push(
      [
        `sample-${i + 1}`,
        name,
        f,
        name.slice(f.length + 1),
        titles[i % 7],
        places[i % 5],
        `${companies[i % 8]}.example`,
      ].join(","),
    );
  }
  return new File([`${lines.join("\n")}\n`], "sample-people.csv", { type: "text/csv" });
}
