import { describe, expect, it } from "vitest";
import { randomPaths } from "../test/random-paths";
import type { AntennaArray } from "./arrays";
import { channelEnergy } from "./energy";
import { synthesizeFrequency } from "./frequency-synthesis";

const arrays: AntennaArray[] = [
  { kind: "ula", elements: 8 },
  { kind: "ula", elements: 5, polarizations: 2 },
  { kind: "upa", rows: 2, columns: 3, spacing: 0.7 },
];

describe("channelEnergy", () => {
  for (const array of arrays) {
    for (const [count, subcarriers] of [
      [1, 64],
      [30, 64],
      [30, 45],
      [200, 64],
      [200, 45],
    ]) {
      it(`${count} paths, ${subcarriers} tones, ${JSON.stringify(array)}`, () => {
        const options = { array, carrierFrequency: 3e9, bandwidth: 20e6, subcarriers };
        // Delays beyond the window included: the grid sees them wrapped.
        const paths = randomPaths(count + subcarriers, count, (1.5 * subcarriers) / 20e6);
        const { re, im } = synthesizeFrequency(paths, options);
        let energy = 0;
        for (let i = 0; i < re.length; i++) {
          energy += re[i] ** 2 + im[i] ** 2;
        }
        expect(Math.abs(channelEnergy(paths, options) / energy - 1)).toBeLessThan(2e-6);
      });
    }
  }

  it("coincident and opposite end-fire paths add in amplitude", () => {
    const paths = {
      delays: Float64Array.of(1e-7, 1e-7, 1e-7),
      gainsRe: Float64Array.of(1, 1, 1),
      gainsIm: Float64Array.of(0, 0, 0),
      azimuths: Float64Array.of(0, 0, Math.PI),
    };
    const options = { array: arrays[0], carrierFrequency: 3e9, bandwidth: 20e6, subcarriers: 16 };
    expect(channelEnergy(paths, options)).toBeCloseTo(9 * 16 * 8, 6);
  });
});
