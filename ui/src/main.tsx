import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { MutationCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { keys } from "./api/keys";
import { router } from "./routes";
import { theme } from "./theme";

const passing = (err: unknown) => err instanceof ApiError && err.passing;

const queries: QueryClient = new QueryClient({
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

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <Notifications position="bottom-right" autoClose={5000} />
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
