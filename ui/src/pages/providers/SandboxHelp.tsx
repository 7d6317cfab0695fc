import { Code, Text } from "@mantine/core";

/** How the simulated provider comes to be there. */
export function SandboxHelp() {
  return (
    <Text>
      To try it without real money, run <Code>fettle sandbox</Code> and start the server with{" "}
      <Code>fettle serve --sandbox http://127.0.0.1:7071</Code>: the Sandbox then answers as a provider would.
    </Text>
  );
}
