import { expect, test } from "vitest";
import { RunClock } from "./clock";

test("the time left is that of the median step, not of the first ones", () => {
  const clock = new RunClock();
  expect(clock.secondsFor({ steps: 10, validations: 1 })).toBe(0);
  clock.addStep(60);
  for (let step = 0; step < 9; step++) clock.addStep(0.5);
  clock.addValidation(3);
  expect(clock.secondsFor({ steps: 10, validations: 2 })).toBe(11);
});
