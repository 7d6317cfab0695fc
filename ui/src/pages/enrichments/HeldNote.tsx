import { Alert, Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { strangerCountsQuery } from "../../api/queries/strangers";
import { count } from "../../ui/time";

/** Answers that were paid for and are about somebody else: nothing where there are none to decide. */
export function HeldNote({ name }: { name: string }) {
  const held = useQuery(strangerCountsQuery(name)).data?.held ?? 0;
  if (held === 0) return null;
  return (
    <Alert color="orange" title={`${count(held, "answer")} held back`}>
      <Text mb="xs">
        {held === 1 ? "It is" : "They are"} about somebody else than the record, and written nowhere. Accept what is
        right for free; what is not can be claimed back from the provider.
      </Text>
      <Button
        variant="default"
        renderRoot={(props) => <Link {...props} to="/review/answers" search={{ enrichment: name }} />}
      >
        Review {held === 1 ? "it" : "them"}
      </Button>
    </Alert>
  );
}
