import { beforeEach, expect, it } from "vitest";
import { isExpired, noteAnswer, renewed } from "./session";

beforeEach(renewed);

it("ends a session when the server asks who it is", () => {
  for (const status of [200, 204, 403, 409, 500]) noteAnswer("/api/v1/people", status);
  expect(isExpired()).toBe(false);
  noteAnswer("http://127.0.0.1:7070/api/v1/people?limit=1", 401);
  expect(isExpired()).toBe(true);
  renewed();
  expect(isExpired()).toBe(false);
});

it("takes a wrong password for no end of a session", () => {
  noteAnswer("/api/v1/sign-in", 401);
  noteAnswer("http://x/api/v1/sign-in/accept", 401);
  expect(isExpired()).toBe(false);
  noteAnswer("/api/v1/sign-in-log", 401);
  expect(isExpired()).toBe(true);
});
