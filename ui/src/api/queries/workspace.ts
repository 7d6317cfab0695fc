import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, type Schemas } from "../client";
import { keys } from "../keys";
import { noteActor } from "../session";

export const statusQuery = queryOptions({
  queryKey: keys.status,
  queryFn: async ({ signal }) => {
    const status = await body(client.GET("/api/v1/status", { signal }));
    noteActor(status.actor);
    return status;
  },
  staleTime: 60_000,
});

export function useNameWorkspace() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => body(client.PUT("/api/v1/workspace", { body: { name } })),
    onSuccess: (status) => queries.setQueryData(statusQuery.queryKey, status),
  });
}

export const notificationsQuery = (unread: boolean) =>
  queryOptions({
    queryKey: [...keys.notifications, { unread }],
    queryFn: ({ signal }) => body(client.GET("/api/v1/notifications", { params: { query: { unread } }, signal })),
  });

export function useReadNotifications() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ids?: number[]) => body(client.POST("/api/v1/notifications/read", { body: ids ? { ids } : {} })),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.notifications }),
  });
}

export const tokensQuery = queryOptions({
  queryKey: keys.tokens,
  queryFn: ({ signal }) => body(client.GET("/api/v1/tokens", { signal })),
});

export function useCreateToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (token: Schemas["TokenBody"]) => body(client.POST("/api/v1/tokens", { body: token })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.tokens }),
  });
}

export function useDeleteToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => body(client.DELETE("/api/v1/tokens/{name}", { params: { path: { name } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.tokens }),
  });
}

export const auditQuery = queryOptions({
  queryKey: ["audit"],
  queryFn: ({ signal }) => body(client.GET("/api/v1/audit", { signal })),
  enabled: false,
});
