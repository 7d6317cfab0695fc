import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client, type Schemas, token } from "../client";
import { keys } from "../keys";
import { renewed } from "../session";

export const signInQuery = queryOptions({
  queryKey: ["sign-in"],
  queryFn: ({ signal }) => body(client.GET("/api/v1/sign-in", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Signs in by what `ask` sends; everything is asked anew as whoever it is now. */
function useEnter<T>(ask: (input: T) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ask,
    onSuccess: async () => {
      renewed();
      await queries.invalidateQueries();
    },
  });
}

export const useSignIn = () =>
  useEnter((who: Schemas["SignInRequest"]) => {
    token.clear();
    return body(client.POST("/api/v1/sign-in", { body: who }));
  });

/** Asks now and then whether another tab has signed in; what was refused meanwhile is then asked anew. */
export function useSignedInBeside() {
  const queries = useQueryClient();
  useQuery({
    queryKey: ["signed-in-beside"],
    refetchInterval: 2_000,
    gcTime: 0,
    retry: false,
    queryFn: async () => {
      const status = await body(client.GET("/api/v1/status"));
      void queries.invalidateQueries();
      return status;
    },
  });
}

export const useSignInByToken = () =>
  useEnter(async (secret: string) => {
    token.set(secret);
    try {
      return await body(client.GET("/api/v1/status"));
    } catch (err) {
      token.clear();
      throw err;
    }
  });

export const useLocalLink = () =>
  useEnter((link: string) => {
    token.clear();
    return body(client.POST("/api/v1/sign-in/link", { body: { link } }));
  });

export const useAcceptLink = () =>
  useEnter((accepted: Schemas["AcceptLinkRequest"]) => {
    token.clear();
    return body(client.POST("/api/v1/sign-in/accept", { body: accepted }));
  });

export const linkQuery = (link: string) =>
  queryOptions({
    queryKey: ["link", link],
    queryFn: () => body(client.POST("/api/v1/sign-in/look", { body: { link } })),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

/** Ends the session and loads the app anew, so that nothing of it is kept. */
export function useSignOut() {
  return useMutation({
    mutationFn: () => body(client.POST("/api/v1/sign-out")),
    onSuccess: () => {
      token.clear();
      window.location.assign("/sign-in");
    },
  });
}

export const useSetPassword = () =>
  useMutation({
    mutationFn: (change: Schemas["SetPasswordRequest"]) => body(client.PUT("/api/v1/password", { body: change })),
  });

export const usersQuery = queryOptions({
  queryKey: keys.users,
  queryFn: ({ signal }) => body(client.GET("/api/v1/users", { signal })),
});

export function useInvite() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (who: Schemas["InviteUserRequest"]) => body(client.POST("/api/v1/users", { body: who })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.users }),
  });
}

export function useChangeUser() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ email, ...change }: { email: string } & Schemas["ChangeUserRequest"]) =>
      body(client.PATCH("/api/v1/users/{email}", { params: { path: { email } }, body: change })),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: keys.actions });
      return queries.invalidateQueries({ queryKey: keys.users });
    },
  });
}

export const useUserLink = () =>
  useMutation({
    mutationFn: (email: string) => body(client.POST("/api/v1/users/{email}/link", { params: { path: { email } } })),
  });

/** Who did what, newest first, a page at a time. */
export const useActions = () =>
  useInfiniteQuery({
    queryKey: keys.actions,
    queryFn: ({ signal, pageParam }) =>
      body(
        client.GET("/api/v1/actions", {
          params: { query: { limit: 25, after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
