// The SIMD loops against the plain ones, bit by bit, and the exponential against Math.exp.
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { expOfNegative } from "./exponential";
import { selfInformation } from "./index";
import { plainKernel } from "./self-information";
import { type SampleGeometry, simdKernel } from "./simd";

afterEach(() => vi.unstubAllGlobals());

const geometries = fc.record({
  planes: fc.integer({ min: 1, max: 3 }),
  delays: fc.integer({ min: 1, max: 7 }),
  antennas: fc.integer({ min: 1, max: 7 }),
  offsets: fc.integer({ min: 1, max: 10 }),
  border: fc.constantFrom<0 | 1>(0, 1),
  reach: fc.integer({ min: 1, max: 3 }),
});

test("the same bits as the plain loops", () => {
  fc.assert(
    fc.property(geometries, fc.integer({ min: 0, max: 1e6 }), (drawn, seed) => {
      const geometry: SampleGeometry = { ...drawn, reach: drawn.reach + drawn.border };
      const kernels = [simdKernel(geometry), plainKernel(geometry)];
      const width = geometry.antennas + 2 * geometry.reach;
      const results = kernels.map((kernel) => {
        if (kernel === undefined) throw new Error("this engine has no SIMD");
        for (let i = 0; i < kernel.padded.length; i++) kernel.padded[i] = Math.sin(seed + i * i);
        for (let r = 0; r < geometry.offsets; r++) {
          const delay = (r % (2 * drawn.reach + 1)) - drawn.reach;
          kernel.distances(r, delay * width + (r % 2 === 0 ? drawn.reach : -drawn.reach));
        }
        kernel.exponentials(-0.5 * (1 + (seed % 2000)));
        return [kernel.maps, kernel.smallest, kernel.sums].map((array) => Array.from(array));
      });
      expect(results[0]).toEqual(results[1]);
    }),
    { numRuns: 200 },
  );
}, 60_000);

test("without WebAssembly the plain loops run", () => {
  const channel = Float32Array.from({ length: 2 * 5 * 4 }, (_, i) => Math.sin(i * i));
  const expected = selfInformation(channel, [1, 2, 5, 4], { normalization: "sample" });
  vi.stubGlobal("WebAssembly", undefined);
  const plain = selfInformation(channel.slice(), [1, 2, 5, 4], { normalization: "sample" });
  expect(plain).toEqual(expected);
  expect(simdKernel({ planes: 9, delays: 5, antennas: 4, offsets: 9, border: 0, reach: 3 })).toBeUndefined();
});

test("expOfNegative is exp", () => {
  const worst = (start: number, step: number) => {
    let largest = 0;
    for (let x = start; x <= 0; x += step) {
      largest = Math.max(largest, Math.abs(expOfNegative(x) / Math.exp(x) - 1));
    }
    return largest;
  };
  expect(worst(-690, 0.0317)).toBeLessThan(1e-15);
  expect(worst(-1, 0.0001)).toBeLessThan(1e-15);
  expect(expOfNegative(0)).toBe(1);
  expect(expOfNegative(-1e9)).toBe(expOfNegative(-700));
});
