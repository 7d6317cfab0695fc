import { Text, type TextProps } from "@mantine/core";
import { useEffect, useState } from "react";
import { ago } from "./time";

/** "3 min ago", with the exact time as its title under the pointer. */
export function TimeAgo({ at, ...text }: { at: string } & TextProps) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const t = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(t);
  }, []);
  return (
    <Text
      component="time"
      inherit
      style={{ whiteSpace: "nowrap" }}
      dateTime={at}
      // Written when it is asked for: the first date that a browser writes costs milliseconds of a page that opens.
      onPointerEnter={(e) => {
        e.currentTarget.title = new Date(at).toLocaleString();
      }}
      {...text}
    >
      {ago(new Date(at).getTime(), now)}
    </Text>
  );
}
