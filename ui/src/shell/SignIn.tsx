import { Text } from "@mantine/core";
import { useLocation } from "@tanstack/react-router";
import { useSignedInBeside } from "../api/queries/account";
import { Sheet } from "../pages/signin/Sheet";
import { SignInForm } from "../pages/signin/SignInForm";
import { Dialog } from "../ui/Dialog";

/** Asks who it is before anything is shown. */
export function SignIn() {
  const { href } = useLocation();
  return (
    <Sheet title="Sign in">
      <SignInForm to={href} />
    </Sheet>
  );
}

/** Asks anew above a page that stays as it is, with whatever was typed in it. */
export function SignInAgain() {
  useSignedInBeside();
  return (
    <Dialog
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      zIndex={1000}
      title="Your session has ended"
    >
      <Text mb="sm">Sign in again to continue. Nothing you typed is lost, and anything being saved will be saved.</Text>
      <SignInForm apart />
    </Dialog>
  );
}
