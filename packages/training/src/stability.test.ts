import { describe, expect, test } from "vitest";
import type { Validation } from "./events";
import { newWatch, watchJointTraining, watchStep } from "./stability";

const validation = (loss: number): Validation => ({ loss, nmse: 0, perElements: [] });

describe("watchStep", () => {
  test("a falling or noisy loss is healthy", () => {
    const watch = newWatch();
    for (let step = 0; step < 200; step++) {
      expect(watchStep(watch, (step % 2 ? 3 : 1) / (1 + step), { a: 1 })).toBeUndefined();
    }
  });

  test("a loss that is not a number names the group whose gradient grew", () => {
    const watch = newWatch();
    for (let step = 0; step < 20; step++) watchStep(watch, 1, { calm: 100, wild: 1 });
    watchStep(watch, 1, { calm: 100, wild: 50 });
    expect(watchStep(watch, Number.NaN, { calm: Number.NaN, wild: Number.NaN })).toEqual({
      group: "wild",
      detail: "the loss is NaN",
    });
  });

  test("a gradient that is not finite names its own group", () => {
    const found = watchStep(newWatch(), 1, { calm: 100, wild: Number.POSITIVE_INFINITY });
    expect(found).toEqual({ group: "wild", detail: "the gradient norm of wild is Infinity" });
  });

  test("an exploding loss is found while it is still finite", () => {
    const watch = newWatch();
    for (let step = 0; step < 50; step++) watchStep(watch, 0.001, { a: 1 });
    let loss = 0.001;
    let found: ReturnType<typeof watchStep>;
    while (!found) {
      loss *= 2;
      found = watchStep(watch, loss, { a: loss });
    }
    expect(loss).toBeLessThan(2);
    expect(found.detail).toContain("over 100 times its lowest value");
  });
});

describe("watchJointTraining", () => {
  const base = { epoch: 5, warmupEpochs: 3, ending: false, lowestLoss: 1, previousLoss: 2 };

  test("three high validations in a row are unstable, fewer are not", () => {
    const watch = newWatch();
    const see = (loss: number) => watchJointTraining(watch, { ...base, validation: validation(loss) });
    expect([see(2), see(2), see(1.2), see(2), see(2)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(see(2)).toMatchObject({ reason: "unstable" });
  });

  test("a joint stage that does not get below the stage before is slow, once it had its time", () => {
    const see = (more: Partial<typeof base>) =>
      watchJointTraining(newWatch(), { ...base, lowestLoss: 3, validation: validation(3), ...more });
    expect(see({})).toBeUndefined();
    expect(see({ epoch: 13 })).toMatchObject({ reason: "slow" });
    expect(see({ ending: true })).toMatchObject({ reason: "slow" });
    expect(see({ epoch: 13, lowestLoss: 1.9 })).toBeUndefined();
  });

  test("a joint stage without one before cannot be slow", () => {
    const progress = { ...base, previousLoss: null, ending: true, lowestLoss: 3, validation: validation(3) };
    expect(watchJointTraining(newWatch(), progress)).toBeUndefined();
  });
});
