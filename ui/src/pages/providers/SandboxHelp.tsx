import { Text } from "@mantine/core";

/** How the simulated provider comes to be there. */
export function SandboxHelp() {
  return (
    <Text>
      To try it without real money, whoever runs the server can start it with its simulated provider: the Sandbox then
      answers as a provider would.
    </Text>
  );
}
