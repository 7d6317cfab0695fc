import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { simulatedQuery, useSetSimulated } from "../../api/queries/providers";
import { ErrorNote } from "../../ui/ErrorNote";
import { May, WhyNot } from "../../ui/Permitted";
import { count } from "../../ui/time";
import { Simulate } from "./Simulate";
import { madeUp } from "./simulated";

/** How the simulated provider stands, and its switch. */
export function SimulatedForm() {
  const { data, error } = useQuery(simulatedQuery);
  const set = useSetSimulated();
  if (!data) return <ErrorNote error={error} />;
  return (
    <Stack gap="sm" maw={640} style={{ padding: "4px 14px 16px" }}>
      {!data.on && <Simulate label="Switch it on" />}
      {data.on && (
        <>
          <Text>{madeUp}</Text>
          <Text c="dimmed">
            A value that it made up is marked on its record and counts as blank for every real provider.
            {data.calls > 0 && (
              <>
                {" "}
                It has answered {count(data.calls, "call")} so far; what it gave can be taken back under{" "}
                <Anchor component={Link} to="/undo" inherit underline="always">
                  Undo
                </Anchor>
                .
              </>
            )}
          </Text>
          {data.from === "server" ? (
            <Text c="dimmed">Whoever runs the server has switched it on.</Text>
          ) : (
            <Group gap="sm">
              <May to="rule">
                <Button variant="default" loading={set.isPending} onClick={() => set.mutate(false)}>
                  Switch it off
                </Button>
              </May>
              <WhyNot to="rule" />
            </Group>
          )}
        </>
      )}
      <ErrorNote error={set.error} />
    </Stack>
  );
}
