import { Alert, Button, Stack, Text } from "@mantine/core";
import { ApiError } from "../../../api/client";
import { May } from "../../../ui/Permitted";

/** Whether a start was refused because a provider has less left than is wanted. */
export const shortOf = (err: unknown): ApiError | null =>
  err instanceof ApiError && err.code === "confirm" && err.details.vendor_balances ? err : null;

type Props = { of: ApiError; busy: boolean; onAnyway: () => void };

/** What the provider has left, and the button that goes on all the same. */
export function Short({ of, busy, onAnyway }: Props) {
  return (
    <Alert color="orange" role="alert" title="The account there may not last, so nothing was started">
      <Stack gap="xs" align="flex-start">
        <Text>{of.message}. Top it up there, set a lower limit, or go on and see how far it gets.</Text>
        <May to="spend">
          <Button size="xs" variant="default" loading={busy} onClick={onAnyway}>
            Go on anyway
          </Button>
        </May>
      </Stack>
    </Alert>
  );
}
