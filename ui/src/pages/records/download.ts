import { notifications } from "@mantine/notifications";
import { raw } from "../../api/client";

/** Saves what the server answers as a file; what it refuses is said. */
export async function download(path: string, query: Record<string, unknown>, name: string) {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== "" && value !== false) params.set(key, String(value));
  try {
    const response = await raw(`${path}?${params}`);
    const url = URL.createObjectURL(await response.blob());
    const a = document.createElement("a");
    a.href = url;
    a.download = name;
    a.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch (err) {
    notifications.show({ color: "red", title: "Not exported", message: (err as Error).message });
  }
}
