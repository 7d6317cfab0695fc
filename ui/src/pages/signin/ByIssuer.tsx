import { Button, Divider } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { token } from "../../api/client";
import { signInQuery } from "../../api/queries/account";

/**
 * Leads to the issuer and, from there, back to the page that was asked for. Above a page that is kept, in a
 * tab of its own.
 */
export function ByIssuer({ to, apart }: { to: string; apart?: boolean }) {
  const issuer = useQuery(signInQuery).data?.issuer;
  if (!issuer) return null;
  return (
    <>
      <Button
        component="a"
        variant="default"
        size="sm"
        href={`/api/v1/sign-in/oidc?to=${encodeURIComponent(to)}`}
        target={apart ? "_blank" : undefined}
        rel={apart ? "noopener" : undefined}
        onClick={token.clear}
      >
        Continue with {issuer}
      </Button>
      <Divider label="or" />
    </>
  );
}
