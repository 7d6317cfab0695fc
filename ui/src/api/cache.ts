import { MutationCache, QueryClient } from "@tanstack/react-query";
import { keys } from "./keys";
import { ApiError } from "./problem";

const passing = (err: unknown) => err instanceof ApiError && err.passing;

/** What the app knows of the server. */
export const queries: QueryClient = new QueryClient({
  mutationCache: new MutationCache({
    // Who is refused for their role sees the page as it is for them from then on.
    onError: (err) => {
      if (err instanceof ApiError && err.status === 403) void queries.invalidateQueries({ queryKey: keys.status });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // The server may be on this machine: a browser without a network still asks.
      networkMode: "always",
      // What the server refused stays refused; what did not answer is asked again,
      // for as long as its error is on screen.
      retry: (count, err) => passing(err) && count < 3,
      retryDelay: (count) => Math.min(8_000, 500 * 2 ** count),
      refetchInterval: (query) => (passing(query.state.error) ? 4_000 : false),
    },
    // Changes are sent until they are answered by api/send.ts.
    mutations: { retry: false, networkMode: "always" },
  },
});
