import { Button, Divider } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { token } from "../../api/client";
import { signInQuery, useSignedInBeside } from "../../api/queries/account";

/**
 * Leads to the issuer and, from there, back to the page that was asked for. Above a page that is kept, in a
 * tab of its own: this one notices that someone has signed in.
 */
export function ByIssuer({ to, apart }: { to: string; apart?: boolean }) {
  const issuer = useQuery(signInQuery).data?.issuer;
  const [waiting, setWaiting] = useState(false);
  useSignedInBeside(waiting);
  if (!issuer) return null;
  const leave = () => {
    token.clear();
    setWaiting(Boolean(apart));
  };
  return (
    <>
      <Button
        component="a"
        variant="default"
        size="sm"
        href={`/api/v1/sign-in/oidc?to=${encodeURIComponent(to)}`}
        target={apart ? "_blank" : undefined}
        rel={apart ? "noopener" : undefined}
        onClick={leave}
      >
        Continue with {issuer}
      </Button>
      <Divider label="or" />
    </>
  );
}
