import { Alert, Group, Select, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { ErrorNote } from "../../ui/ErrorNote";
import { Picker } from "../../ui/Picker";
import type { Plan, StepProps } from "./ImportPage";
import { look } from "./sample";
import { separators } from "./separators";

const encodings = [
  ["utf-8", "UTF-8"],
  ["utf-16le", "UTF-16"],
  ["windows-1252", "Western Europe (Windows-1252)"],
  ["windows-1250", "Central Europe (Windows-1250)"],
  ["windows-1251", "Cyrillic (Windows-1251)"],
  ["windows-1253", "Greek (Windows-1253)"],
  ["windows-1254", "Turkish (Windows-1254)"],
  ["windows-1255", "Hebrew (Windows-1255)"],
  ["windows-1256", "Arabic (Windows-1256)"],
  ["windows-1257", "Baltic (Windows-1257)"],
  ["windows-874", "Thai (Windows-874)"],
  ["iso-8859-2", "Central Europe (ISO 8859-2)"],
  ["iso-8859-5", "Cyrillic (ISO 8859-5)"],
  ["iso-8859-15", "Western Europe (ISO 8859-15)"],
  ["koi8-r", "Russian (KOI8-R)"],
  ["koi8-u", "Ukrainian (KOI8-U)"],
  ["macintosh", "Western Europe (Mac)"],
  ["x-mac-cyrillic", "Cyrillic (Mac)"],
  ["ibm850", "Western Europe (DOS 850)"],
  ["ibm852", "Central Europe (DOS 852)"],
  ["ibm866", "Cyrillic (DOS 866)"],
  ["shift_jis", "Japanese (Shift-JIS)"],
  ["euc-jp", "Japanese (EUC-JP)"],
  ["euc-kr", "Korean (EUC-KR, 949)"],
  ["gb18030", "Chinese, simplified (GB 18030)"],
  ["big5", "Chinese, traditional (Big5)"],
].map(([value = "", label = ""]) => ({ value, label }));

/** How the file is read: its letters, what stands between its cells, which worksheet; and what is doubtful about it. */
export function HowRead({ plan, change }: Pick<StepProps, "plan" | "change">) {
  const again = useMutation({
    mutationFn: async (how: Partial<Pick<Plan, "encoding" | "delimiter" | "sheet">>) => {
      if (!plan.file) return;
      const next = { ...plan, ...how, skipLines: 0 };
      change({ ...how, skipLines: 0, ...(await look(plan.entity, plan.file, next)) });
    },
  });
  const { encoding = "", delimiter = "", sheet = "", sheets = [], notes = [] } = plan.sample ?? {};
  const book = encoding === "xlsx";
  const known = encodings.some((e) => e.value === encoding);
  const said = notes.filter((n) => n.kind !== "encoding" && n.kind !== "title");
  return (
    <Stack gap="xs">
      <Group gap="md" align="end">
        {book && sheets.length > 1 && (
          <Select
            label="Worksheet"
            allowDeselect={false}
            value={sheet}
            data={sheets}
            disabled={again.isPending}
            onChange={(v) => v && again.mutate({ sheet: v })}
          />
        )}
        {!book && (
          <>
            <Picker
              label="Encoding"
              allowDeselect={false}
              w={280}
              value={encoding}
              data={known ? encodings : [...encodings, { value: encoding, label: encoding }]}
              disabled={again.isPending}
              onChange={(v) => v && again.mutate({ encoding: v })}
            />
            <Select
              label="Separator"
              allowDeselect={false}
              value={plan.delimiter || delimiter}
              data={separators(delimiter, plan.delimiter)}
              disabled={again.isPending}
              onChange={(v) => again.mutate({ delimiter: v ?? "" })}
            />
          </>
        )}
      </Group>
      {said.length > 0 && (
        <Alert color="yellow" icon={<IconAlertTriangle size={16} />} role="status">
          {said.map((n) => (
            <div key={`${n.kind} ${n.column ?? ""}`}>
              {n.line ? `Line ${n.line}: ` : ""}
              {n.text}
            </div>
          ))}
        </Alert>
      )}
      <ErrorNote error={again.error} />
    </Stack>
  );
}
