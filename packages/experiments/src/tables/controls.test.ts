// The controls without training on a few samples: that all are there, and that their bits are
// those that their frames must have.
import { startEngine } from "@csi-feedback/engines";
import { expect, test } from "vitest";
import { METRIC } from "../measure/rows";
import { controls } from "./controls";

test("five controls, and every bit of their reports", { timeout: 120_000 }, async () => {
  await startEngine();
  const rows = await controls.measure({
    profile: {
      name: "smoke",
      samples: { train: 12, validation: 1, test: 4 },
      epochs: [1, 1],
      batchSize: 4,
    },
    seed: 1,
    trained: () => Promise.reject(new Error("nothing is trained")),
    progress: () => {},
  });
  const value = (method: string, metric: string) =>
    rows.find((one) => one.method === method && one.metric === metric)?.value ?? Number.NaN;
  const bits = (method: string) => value(method, "Bits of a report");
  // 8 bits a value; mean 12, scale 16, check 16, and what fills the last byte.
  const dense = (values: number, mean: number) => values * 8 + mean + 32;
  expect(bits("M random") - dense(221, 12)).toBeLessThan(8);
  expect(bits("LASSO (FISTA)") - dense(256, 0)).toBeLessThan(8);
  expect(bits("PCA") - dense(12, 0)).toBeLessThan(8);
  // The set of positions, log2 C(2048, 221).
  let set = 0;
  for (let i = 0; i < 221; i++) set += Math.log2((2048 - i) / (221 - i));
  expect(Math.abs(bits("M largest") - bits("M random") - set)).toBeLessThan(9);
  const typeTwo = rows.filter((one) => one.method.startsWith("Enhanced Type II, combination "));
  expect(typeTwo.filter(({ metric }) => metric === METRIC.sgcs)).toHaveLength(6);
  expect(value("M largest", METRIC.nmse)).toBeLessThan(value("M random", METRIC.nmse));
});
