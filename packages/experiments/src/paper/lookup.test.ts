// The paper's numbers, at places where its tables are easy to misread.
import { expect, test } from "vitest";
import { printedNmse, printedQuantizedNmse, printedSgcs } from "./lookup";

test("Table III by method, channel and ratio; a number that our copy lost is none", () => {
  expect(printedSgcs({ method: "CRNet", channel: "street-canyon", ratio: "1/8" })).toBe(0.953);
  expect(printedSgcs({ method: "CRNet", channel: "street-canyon", ratio: "1/16" })).toBeUndefined();
  expect(printedSgcs({ method: "IdasNet", channel: "cost2100-outdoor", ratio: "1/32" })).toBe(0.731);
  expect(printedSgcs({ method: "IdasNet", channel: "street-canyon", ratio: "1/64" })).toBe(0.89);
  expect(printedSgcs({ method: "GCRNet-1x (our reading)", channel: "uma", ratio: "1/64" })).toBe(0.506);
  expect(printedSgcs({ method: "M largest", channel: "uma", ratio: "1/64" })).toBeUndefined();
});

test("Figure 5 has what the text tells; ours of another size stands beside the largest", () => {
  expect(printedNmse({ method: "LLMCsiNet", channel: "cost2100-outdoor", ratio: "1/64" })).toBe(-13.566);
  expect(printedNmse({ method: "LLMCsiNet-S", channel: "cost2100-indoor", ratio: "1/8" })).toBe(-19.449);
  expect(printedNmse({ method: "CRNet", channel: "cost2100-outdoor", ratio: "1/16" })).toBeUndefined();
  expect(printedNmse({ method: "LLMCsiNet-MC", channel: "cost2100-outdoor", ratio: "1/8" })).toBeUndefined();
});

test("Table VI has two channels", () => {
  expect(printedQuantizedNmse({ method: "CRNet", channel: "cost2100-indoor", ratio: "1/64" })).toBe(-5.119);
  expect(printedQuantizedNmse({ method: "CRNet", channel: "uma", ratio: "1/64" })).toBeUndefined();
});
