import { randomStream } from "@csi-feedback/common";
import { describe, expect, test } from "vitest";
import { allocateKernels, type MatrixKernels } from "./matrix-kernels";

const [rows, stride, columns] = [7, 12, 8];
const lengths = {
  re: rows * stride,
  im: rows * stride,
  delay: rows,
  angle: stride,
  otherDelay: rows,
  otherAngle: stride,
  outRe: 16,
  outIm: 16,
  right: stride * 16,
  product: rows * 20,
};

/** Runs one operation on the same random numbers in both kernels; gives both memories. */
function both(operate: (kernels: MatrixKernels, at: Record<keyof typeof lengths, number>) => unknown) {
  return [false, true].map((usePlain) => {
    const { kernels, blocks } = allocateKernels(lengths, usePlain);
    const random = randomStream(3);
    for (const block of Object.values(blocks)) {
      for (let i = 0; i < block.values.length; i++) block.values[i] = random.normal();
    }
    const at = Object.fromEntries(Object.entries(blocks).map(([name, block]) => [name, block.at]));
    const result = operate(kernels, at as Record<keyof typeof lengths, number>);
    return { result, values: Object.values(blocks).flatMap(({ values }) => Array.from(values)) };
  });
}

test("this engine has the compiled kernels", () => {
  const { kernels } = allocateKernels({ one: 1 });
  expect(kernels.memory.constructor.name).toBe("Memory");
});

describe("compiled and plain kernels agree", () => {
  test.each<[string, Parameters<typeof both>[0]]>([
    ["alongDelays", (k, at) => k.alongDelays(at.re, at.im, at.angle, at.outRe, at.outIm, rows, stride)],
    ["alongAngles", (k, at) => k.alongAngles(at.re, at.im, at.delay, at.outRe, at.outIm, rows, stride)],
    ["addAtom", (k, at) => k.addAtom(at.re, at.im, 0.3, -1.2, at.delay, at.angle, rows, stride)],
    [
      "replaceAtom",
      (k, at) =>
        k.replaceAtom(
          at.re,
          at.im,
          0.3,
          -1.2,
          at.delay,
          at.angle,
          0.7,
          0.1,
          at.otherDelay,
          at.otherAngle,
          rows,
          stride,
        ),
    ],
    ["multiply", (k, at) => k.multiply(at.re, at.right, at.product, rows, stride, columns, stride, 16, 20)],
    ["peak", (k, at) => k.peak(at.re, at.im, rows, stride)],
  ])("%s", (_, operate) => {
    const [compiled, plain] = both(operate);
    expect(compiled.result).toBe(plain.result);
    expect(compiled.values.length).toBe(plain.values.length);
    for (const [i, value] of plain.values.entries()) expect(compiled.values[i]).toBeCloseTo(value, 4);
  });
});
