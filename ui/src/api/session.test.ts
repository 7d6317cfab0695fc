import { beforeEach, expect, it } from "vitest";
import { isExpired, noteAnswer, renewed } from "./session";

beforeEach(() => renewed(0));

it("ends a session when the server asks who it is", () => {
  for (const status of [200, 204, 403, 409, 500]) noteAnswer("/api/v1/people", status, 1);
  expect(isExpired()).toBe(false);
  noteAnswer("http://127.0.0.1:7070/api/v1/people?limit=1", 401, 1);
  expect(isExpired()).toBe(true);
  noteAnswer("/api/v1/people", 503, 1);
  expect(isExpired()).toBe(true);
  renewed(2);
  expect(isExpired()).toBe(false);
});

it("takes a wrong password for no end of a session", () => {
  noteAnswer("/api/v1/sign-in", 401, 1);
  noteAnswer("http://x/api/v1/sign-in/accept", 401, 1);
  expect(isExpired()).toBe(false);
  noteAnswer("/api/v1/sign-in-log", 401, 1);
  expect(isExpired()).toBe(true);
});

it("does not listen to what was asked before signing in", () => {
  renewed(5);
  noteAnswer("/api/v1/events", 401, 4);
  expect(isExpired()).toBe(false);
});

it("sees that another tab has signed in", () => {
  noteAnswer("/api/v1/events", 401, 1);
  noteAnswer("/api/v1/events", 200, 2);
  expect(isExpired()).toBe(false);
});
