import { expect, test } from "vitest";
import { assertFinite, assertShape, elementCount } from "./index";

test("elementCount multiplies dimensions and refuses anything that is not one", () => {
  expect(elementCount([])).toBe(1);
  expect(elementCount([4, 0, 3])).toBe(0);
  for (const bad of [[-1], [1.5], [Number.NaN], [2, Number.POSITIVE_INFINITY]]) {
    expect(() => elementCount(bad)).toThrowError(expect.objectContaining({ code: "INVALID_SHAPE" }));
  }
});

test("assertShape compares the length with the shape", () => {
  assertShape("f", new Float32Array(6), [2, 3]);
  expect(() => assertShape("f", new Float32Array(5), [2, 3])).toThrow(
    "f: shape [2, 3] needs 6 elements, received 5",
  );
});

test("assertFinite names the first offending element", () => {
  assertFinite("f", [0, -1, 1e300]);
  expect(() => assertFinite("f", [0, Number.NaN, Number.POSITIVE_INFINITY])).toThrow("element 1");
});
