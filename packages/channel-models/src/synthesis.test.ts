import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toAngleDelay } from "@csi-feedback/channel-dft";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomPaths } from "../test/random-paths";
import type { AntennaArray } from "./arrays";
import { synthesizeFrequency } from "./frequency-synthesis";
import type { PropagationPaths } from "./paths";
import { AngleDelaySynthesizer, synthesizeAngleDelay } from "./synthesis";

interface Vectors {
  fc: number;
  B: number;
  samples: {
    amp_re: number[];
    amp_im: number[];
    delay_us: number[];
    aod_rad: number[];
    angle_delay_re: number[][];
    angle_delay_im: number[][];
  }[];
}

function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = 0;
  let power = 0;
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i] - expected[i]) ** 2;
    power += expected[i] ** 2;
  }
  return Math.sqrt(error / power);
}

/** Largest relative error over path lists and matrices of the COST 2100 reference implementation. */
function errorOnVectors(file: string): number {
  const vectors: Vectors = JSON.parse(readFileSync(file, "utf8"));
  const errors = vectors.samples.map((sample) => {
    const channel = synthesizeAngleDelay(
      {
        delays: Float64Array.from(sample.delay_us, (t) => t * 1e-6),
        gainsRe: Float64Array.from(sample.amp_re),
        gainsIm: Float64Array.from(sample.amp_im),
        azimuths: Float64Array.from(sample.aod_rad),
      },
      {
        array: { kind: "ula", elements: 32 },
        carrierFrequency: vectors.fc,
        bandwidth: vectors.B,
        subcarriers: 1024,
        delays: 32,
      },
    );
    // The files hold ifft over tones (1 / N) and fft over antennas (1); here both are unitary.
    const scale = Math.sqrt(1024 / 32);
    return relativeError(
      channel,
      [...sample.angle_delay_re.flat(), ...sample.angle_delay_im.flat()].map((v) => v * scale),
    );
  });
  return Math.max(...errors);
}

const shared = join(import.meta.dirname, "../../../../shared/data/cost2100");

describe("path lists of the COST 2100 reference implementation", () => {
  it("two stored samples", () => {
    const file = join(import.meta.dirname, "../test/fixtures/synthesis-vectors.json");
    expect(errorOnVectors(file)).toBeLessThan(1e-6);
  });

  it.skipIf(!existsSync(shared))("all samples, indoor and outdoor", () => {
    expect(errorOnVectors(join(shared, "synthesis_vectors_in.json"))).toBeLessThan(1e-6);
    expect(errorOnVectors(join(shared, "synthesis_vectors_out.json"))).toBeLessThan(1e-6);
  });
});

describe("closed form against the frequency grid", () => {
  it("linear arrays agree with the transform of channel-dft", () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(1e6),
          count: fc.integer({ min: 1, max: 70 }),
          elements: fc.integer({ min: 1, max: 9 }),
          subcarriers: fc.integer({ min: 2, max: 48 }),
          spacing: fc.constantFrom(0.3, 0.5, 1),
          time: fc.constantFrom(0, 0.003),
        }),
        ({ seed, count, elements, subcarriers, spacing, time }) => {
          const grid = { carrierFrequency: 2.6e9, bandwidth: 10e6, subcarriers };
          const array: AntennaArray = { kind: "ula", elements, spacing };
          const delays = 1 + (seed % subcarriers);
          const paths = randomPaths(seed, count, (1.3 * subcarriers) / 10e6);
          const expected = toAngleDelay(synthesizeFrequency(paths, { ...grid, array, time }), { delays });
          const synthesizer = new AngleDelaySynthesizer({ ...grid, array, delays });
          const channel = new Float32Array(2 * delays * elements);
          synthesizer.write(paths, channel, 0, time);
          const scale = Math.hypot(...expected.data) + 1e-3;
          for (let i = 0; i < channel.length; i++) {
            expect(Math.abs(channel[i] - expected.data[i]) / scale).toBeLessThan(1e-6);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("delays and beams on and next to the grid", () => {
    for (const off of [0, 1e-15, 1e-12, 1e-9, 1e-7, 1e-4, 0.5]) {
      const paths = {
        delays: Float64Array.of((5 + off) / 20e6, (63 - off) / 20e6, (64 - off) / 20e6),
        gainsRe: Float64Array.of(1, 0.5, -0.3),
        gainsIm: Float64Array.of(0, 1, 0.2),
        azimuths: Float64Array.of(Math.acos(0.25 + off / 100), Math.PI / 2, 0),
      };
      const grid = { carrierFrequency: 3e9, bandwidth: 20e6, subcarriers: 64 };
      const array = { kind: "ula", elements: 8 } as const;
      const expected = toAngleDelay(synthesizeFrequency(paths, { ...grid, array }), { delays: 64 });
      const channel = synthesizeAngleDelay(paths, { ...grid, array, delays: 64 });
      expect(relativeError(channel, expected.data)).toBeLessThan(3e-7);
    }
  });

  it("planar and dual-polarised arrays agree with a plain two-dimensional DFT", () => {
    const [rows, columns, subcarriers, delays] = [2, 3, 16, 7];
    const grid = { carrierFrequency: 3e9, bandwidth: 20e6, subcarriers };
    const array: AntennaArray = { kind: "upa", rows, columns, polarizations: 2 };
    const antennas = 2 * rows * columns;
    const paths = randomPaths(5, 40, 1e-6);
    const { re, im } = synthesizeFrequency(paths, { ...grid, array });
    const centered = synthesizeAngleDelay(paths, { ...grid, array, delays, angleOrder: "centered" });
    const expected = new Float64Array(2 * delays * antennas);
    for (let d = 0; d < delays; d++) {
      for (let p = 0; p < 2; p++) {
        for (let u = 0; u < rows; u++) {
          for (let v = 0; v < columns; v++) {
            let sumRe = 0;
            let sumIm = 0;
            for (let k = 0; k < subcarriers; k++) {
              for (let n = 0; n < rows * columns; n++) {
                const at = k * antennas + p * rows * columns + n;
                const turn =
                  2 *
                  Math.PI *
                  ((k * d) / subcarriers -
                    (Math.floor(n / columns) * u) / rows -
                    ((n % columns) * v) / columns);
                sumRe += re[at] * Math.cos(turn) - im[at] * Math.sin(turn);
                sumIm += re[at] * Math.sin(turn) + im[at] * Math.cos(turn);
              }
            }
            const beam = ((u + 1) % rows) * columns + ((v + 1) % columns);
            const to = d * antennas + p * rows * columns + beam;
            expected[to] = sumRe / Math.sqrt(subcarriers * rows * columns);
            expected[to + delays * antennas] = sumIm / Math.sqrt(subcarriers * rows * columns);
          }
        }
      }
    }
    expect(relativeError(centered, expected)).toBeLessThan(3e-7);
  });
});

describe("errors", () => {
  const good = {
    array: { kind: "ula", elements: 4 },
    carrierFrequency: 3e9,
    bandwidth: 1e6,
    subcarriers: 8,
    delays: 4,
  } as const;
  const paths = randomPaths(1, 3, 1e-6);

  it("names what is wrong", () => {
    const code = (change: object, list: PropagationPaths = paths) => {
      try {
        synthesizeAngleDelay(list, { ...good, ...change });
      } catch (error) {
        return (error as { code: string }).code;
      }
      return "none";
    };
    expect(code({})).toBe("none");
    expect(code({ delays: 9 })).toBe("INVALID_DELAYS");
    expect(code({ delays: 0 })).toBe("INVALID_DELAYS");
    expect(code({ bandwidth: Number.NaN })).toBe("INVALID_GRID");
    expect(code({ carrierFrequency: -1 })).toBe("INVALID_GRID");
    expect(code({ subcarriers: 2.5 })).toBe("INVALID_GRID");
    expect(code({ array: { kind: "ula", elements: 0 } })).toBe("INVALID_ARRAY");
    expect(code({ array: { kind: "ula", elements: 2, spacing: 0 } })).toBe("INVALID_ARRAY");
    expect(code({}, { ...paths, azimuths: new Float64Array(2) })).toBe("SHAPE_MISMATCH");
    const { secondGainsRe: _re, secondGainsIm: _im, ...single } = paths;
    expect(code({ array: { kind: "ula", elements: 2, polarizations: 2 } }, single)).toBe(
      "MISSING_POLARIZATION",
    );
  });
});
