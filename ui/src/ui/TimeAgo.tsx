import { Text, type TextProps } from "@mantine/core";
import { useEffect, useState } from "react";
import { ago } from "./time";

/** "3 min ago", with the exact time as its title. */
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
      title={new Date(at).toLocaleString()}
      {...text}
    >
      {ago(new Date(at).getTime(), now)}
    </Text>
  );
}
