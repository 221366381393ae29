import * as fc from "fast-check";
import { expect, test } from "vitest";
import { learningRate, type Schedule } from "./schedule";

const schedule: Schedule = { peak: 2e-3, final: 5e-5, warmupSteps: 30, totalSteps: 300 };

test("eq. 16 at its corners and in the middle", () => {
  expect(learningRate(schedule, 0)).toBe(0);
  expect(learningRate(schedule, 15)).toBeCloseTo(1e-3, 12);
  expect(learningRate(schedule, 30)).toBe(2e-3);
  expect(learningRate(schedule, 165)).toBeCloseTo((2e-3 + 5e-5) / 2, 12);
  expect(learningRate(schedule, 300)).toBeCloseTo(5e-5, 12);
});

test("rises to the peak, then falls to the final rate and stays", () => {
  fc.assert(
    fc.property(fc.nat(400), (step) => {
      const [now, next] = [learningRate(schedule, step), learningRate(schedule, step + 1)];
      expect(step < 30 ? next >= now : next <= now).toBe(true);
      expect(now).toBeLessThanOrEqual(2e-3);
    }),
  );
});

test("without warm-up or decay the rate is constant", () => {
  const constant = { peak: 1e-3, final: 1e-3, warmupSteps: 0, totalSteps: 10 };
  expect([0, 5, 10].map((step) => learningRate(constant, step))).toEqual([1e-3, 1e-3, 1e-3]);
});

test("a warm-up longer than the stage is refused", () => {
  expect(() => learningRate({ ...schedule, warmupSteps: 301 }, 0)).toThrow("at most 300, received 301");
});
