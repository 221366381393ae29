import { randomStream } from "@csi-feedback/common";
import { describe, expect, test } from "vitest";
import { createSelfInformationKernel, selfInformation } from "./index";

const shape = [3, 2, 8, 12] as const;
const stream = randomStream(4);
const channels = Float32Array.from({ length: 3 * 2 * 8 * 12 }, () => stream.uniform());

describe.each(["plain", "webasm", "cpu", "auto"] as const)("mode %s", (mode) => {
  test.each([
    { patch: 3 },
    { patch: 1, bandwidth: 0.3, padding: 0.5 },
    { patch: 3, normalization: "sample" },
    { patch: 3, bandwidth: 0.02 },
  ] as const)("equals the plain reference: %o", async (options) => {
    const kernel = await createSelfInformationKernel(shape, { ...options, mode });
    const expected = selfInformation(channels, shape, options);
    for (let pass = 0; pass < 2; pass++) {
      const ours = await kernel.run(channels);
      // Relative beyond one bit: narrow bandwidths give thousands of bits.
      for (const [i, value] of ours.entries()) {
        expect(Math.abs(value - expected[i])).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected[i])));
      }
    }
    await kernel.dispose();
  });

  test("batch mates never change a result", async () => {
    const kernel = await createSelfInformationKernel(shape, { mode, normalization: "sample" });
    const size = 2 * 8 * 12;
    const turned = Float32Array.from(channels, (_, i) => channels[(i + size) % channels.length]);
    const [straight, shifted] = [await kernel.run(channels), await kernel.run(turned)];
    expect(shifted.slice(0, 96)).toEqual(straight.slice(96, 192));
    await kernel.dispose();
  });
});

test("small batches need no GPU", async () => {
  const kernel = await createSelfInformationKernel(shape);
  expect(kernel.mode).toBe("plain");
});

test("bad input", async () => {
  await expect(createSelfInformationKernel([0, 2, 8, 8])).rejects.toMatchObject({ code: "INVALID_SHAPE" });
  await expect(createSelfInformationKernel(shape, { mode: "gl" as "cpu" })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
  });
  const kernel = await createSelfInformationKernel(shape, { mode: "webasm" });
  await expect(kernel.run(channels.slice(1))).rejects.toMatchObject({ code: "INVALID_SHAPE" });
  await kernel.dispose();
});
