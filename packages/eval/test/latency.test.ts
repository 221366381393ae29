// Latency: what is timed, and what comes through.
import { describe, expect, test } from "vitest";
import { measureLatency } from "../src/index";

describe("latency", () => {
  test("warm-up calls are not timed", async () => {
    const calls: number[] = [];
    const latency = await measureLatency(async (call) => calls.push(call), { warmUp: 3, runs: 5 });
    expect(calls).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(latency.timesMs.length).toBe(5);
    expect(latency.p99Ms).toBeGreaterThanOrEqual(latency.medianMs);
  });

  test("what the function throws comes through", async () => {
    await expect(measureLatency(() => Promise.reject(new Error("no device")))).rejects.toThrow("no device");
    await expect(measureLatency(() => 0, { runs: 0 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(measureLatency(() => 0, { warmUp: -1 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
