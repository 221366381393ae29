// Rates from what was fed back, where it is good and where it is nothing.
import { randomStream } from "@csi-feedback/common";
import { expect, test } from "vitest";
import { rateCurve } from "./rate";
import type { TestData } from "./test-data";

const shape = [8, 2, 32, 32] as const;
const size = 2 * 32 * 32;
const stream = randomStream(3);
const set: TestData = {
  channel: "random",
  label: "",
  condition: "",
  shape,
  values: Float32Array.from({ length: 8 * size }, () => 0.5 + 0.1 * stream.normal()),
};
const mean = (rebuilt: Float32Array, precoder: "zero-forcing" | "maximum-ratio" = "zero-forcing") =>
  rateCurve(set, rebuilt, { users: 4, precoder, snrDb: [20] })[0].mean.value;

test("perfect feedback is best; none, and the same for all users, are directions at random", () => {
  const perfect = mean(set.values);
  const nothing = new Float32Array(8 * size).fill(0.5);
  const first = set.values.slice(0, size);
  const same = new Float32Array(8 * size);
  for (let i = 0; i < 8; i++) same.set(first, i * size);
  expect(perfect).toBeGreaterThan(6);
  // As strong as the wanted signal is each of the three others: log2(1 + 1/3), more or less.
  for (const rate of [mean(nothing), mean(nothing, "maximum-ratio"), mean(same)]) {
    expect(rate).toBeGreaterThan(0.1);
    expect(rate).toBeLessThan(1.5);
  }
});

test("percentiles of users' rates rise and enclose the median", () => {
  const [{ percentiles }] = rateCurve(set, set.values, { users: 4, precoder: "zero-forcing", snrDb: [20] });
  const values = [...percentiles.values()];
  expect([...percentiles.keys()]).toEqual(Array.from({ length: 19 }, (_, i) => 5 * (i + 1)));
  expect(values).toEqual([...values].sort((a, b) => a - b));
});
