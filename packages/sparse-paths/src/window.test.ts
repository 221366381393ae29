import { generateChannels, synthesizeAngleDelay } from "@csi-feedback/channel-models";
import { randomStream } from "@csi-feedback/common";
import { expect, test } from "vitest";
import { PathEstimator, unitEnergy } from "./estimate";
import { csiNetWindow, type PathWindow, Window } from "./window";

const carrierFrequency = 5.3e9;
const bandwidth = 20e6;

/** What is left of a channel after one estimated path, as a share of its energy. */
function leftByOnePath(sample: Float32Array, window: PathWindow): number {
  const checked = new Window(window, "test");
  const { unit, norm } = unitEnergy(checked.unwind(sample, "test"));
  const estimator = new PathEstimator(checked);
  const list = estimator.estimate(unit, { paths: 1 });
  const start = { delay: list.delays[0], row: list.rows[0], column: list.columns[0] };
  // The estimator takes two Newton steps; a few more bring a lone path to rounding.
  for (let i = 0; i < 8; i++) estimator.sweep(list);
  const rebuilt = { re: new Float64Array(checked.size), im: new Float64Array(checked.size) };
  list.add(0, norm * list.gainsRe[0], norm * list.gainsIm[0], rebuilt);
  const wound = checked.wind(rebuilt);
  expect(Math.abs(list.delays[0] - start.delay)).toBeLessThan(0.3);
  const energy = sample.reduce((sum, value) => sum + value * value, 0);
  return sample.reduce((sum, value, i) => sum + (value - wound[i]) ** 2, 0) / energy;
}

test.each([
  ["line, centered", csiNetWindow],
  ["line, natural order", { ...csiNetWindow, angleOrder: "fft" }],
  [
    "line of odd size",
    { delays: 20, subcarriers: 257, array: { kind: "ula", elements: 17 }, angleOrder: "centered" },
  ],
  [
    "panel",
    {
      delays: 32,
      subcarriers: 1024,
      array: { kind: "upa", rows: 4, columns: 8 },
      angleOrder: "centered",
    },
  ],
  [
    "panel of odd size",
    { delays: 16, subcarriers: 512, array: { kind: "upa", rows: 3, columns: 5 }, angleOrder: "fft" },
  ],
] as const satisfies readonly (readonly [string, PathWindow])[])(
  "one atom is a one-path channel to float32: %s",
  (_, window) => {
    const random = randomStream(11);
    for (let i = 0; i < 12; i++) {
      // Whole and fractional taps, directions all around.
      const taps = i === 0 ? 3 : 0.2 + random.uniform() * (window.delays - 2);
      const paths = {
        delays: Float64Array.of(taps / bandwidth),
        gainsRe: Float64Array.of(random.normal()),
        gainsIm: Float64Array.of(random.normal()),
        azimuths: Float64Array.of((random.uniform() - 0.5) * 2 * Math.PI),
        zeniths: Float64Array.of(random.uniform() * Math.PI),
      };
      const sample = synthesizeAngleDelay(paths, {
        array: window.array,
        carrierFrequency,
        bandwidth,
        subcarriers: window.subcarriers,
        delays: window.delays,
        angleOrder: window.angleOrder,
      });
      // float32 keeps 24 bits: -140 dB.
      expect(10 * Math.log10(leftByOnePath(sample, window))).toBeLessThan(-120);
    }
  },
);

test("unwinding and winding give every sample back", () => {
  const { data } = generateChannels({ model: "cost2100-indoor", samples: 1, seed: 3 });
  const window = new Window(csiNetWindow, "test");
  const back = window.wind(window.unwind(data, "test"));
  for (const [i, value] of data.entries())
    expect(Math.abs(back[i] - value)).toBeLessThan(1e-5 * Math.max(...data));
});

test.each([
  [{ ...csiNetWindow, delays: 0 }],
  [{ ...csiNetWindow, delays: 2048 }],
  [{ ...csiNetWindow, subcarriers: 1.5 }],
  [{ ...csiNetWindow, array: { kind: "ula", elements: -1 } }],
  [{ ...csiNetWindow, array: { kind: "upa", rows: 2, columns: Number.NaN } }],
  [{ ...csiNetWindow, angleOrder: "sorted" as "fft" }],
  [{ ...csiNetWindow, array: { kind: "ula", elements: 1e6 } }],
] as const)("bad window %#", (window) => {
  expect(() => new Window(window, "test")).toThrowError(expect.objectContaining({ code: "INVALID_WINDOW" }));
});
