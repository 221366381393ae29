// The bounds of the cache, and what it releases.
import { describe, expect, test } from "vitest";
import type { Session } from "./runtime";
import { SessionCache } from "./session-cache";

function sessions() {
  const released: string[] = [];
  const session = (name: string) => ({ release: () => void released.push(name) }) as unknown as Session;
  return { released, session };
}

describe("SessionCache", () => {
  test("releases the least recently used beyond the number of entries", () => {
    const { released, session } = sessions();
    const cache = new SessionCache(2, 1000);
    cache.set("a", session("a"), 1);
    cache.set("b", session("b"), 1);
    expect(cache.get("a")).toBeDefined();
    cache.set("c", session("c"), 1);
    expect(released).toEqual(["b"]);
    expect([cache.size, cache.bytes, cache.hits, cache.misses]).toEqual([2, 2, 1, 0]);
    expect(cache.get("b")).toBeUndefined();
    expect(cache.misses).toBe(1);
  });

  test("releases until the bytes fit, but never the newest", () => {
    const { released, session } = sessions();
    const cache = new SessionCache(10, 100);
    for (const name of ["a", "b", "c"]) cache.set(name, session(name), 30);
    cache.set("d", session("d"), 60);
    expect(released).toEqual(["a", "b"]);
    expect(cache.bytes).toBe(90);
    cache.set("large", session("large"), 500);
    expect(released).toEqual(["a", "b", "c", "d"]);
    expect([cache.size, cache.bytes]).toEqual([1, 500]);
    cache.clear();
    expect(released.at(-1)).toBe("large");
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
  });
});
