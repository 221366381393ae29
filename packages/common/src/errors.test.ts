import { expect, test } from "vitest";
import { CsiFeedbackError, describe as describeValue, invalid, isCsiFeedbackError } from "./index";

test("an error names the function, the rule and the value, and carries its code", () => {
  expect(() => invalid("INVALID_RATIO", "parseRatio", "the ratio must be 1/N", "3")).toThrowError(
    expect.objectContaining({
      code: "INVALID_RATIO",
      message: 'parseRatio: the ratio must be 1/N, received "3"',
    }),
  );
});

test("errors are recognised across copies of the module, and other values are not", () => {
  const copy = { [Symbol.for("csi-feedback.error")]: true, code: "X" };
  expect(isCsiFeedbackError(new CsiFeedbackError("X", "x"))).toBe(true);
  expect(isCsiFeedbackError(copy)).toBe(true);
  for (const other of [new Error("x"), null, undefined, "x", {}])
    expect(isCsiFeedbackError(other)).toBe(false);
});

test("any value has a short description", () => {
  expect(describeValue("a".repeat(500)).length).toBeLessThan(90);
  expect(describeValue(Array.from({ length: 500 }, (_, i) => i))).toBe(
    "[0, 1, 2, 3, 4, 5, 6, 7, ... 500 in all]",
  );
  expect(describeValue(new Float32Array(3))).toBe("Float32Array of 12 bytes");
  expect(describeValue(Object.create(null))).toBe("object");
  expect(describeValue(Number.NaN)).toBe("NaN");
});
