// Channels from an array whose axes the user names: any order, any further axes of
// size 1. This is how files of unknown layout are read.
import {
  type AngleDelayChannels,
  type AngleOrder,
  centerAngles,
  type FrequencyChannels,
  normalize,
  toAngleDelay,
} from "@csi-feedback/channel-dft";
import type { ChannelSet, Metadata } from "./channel-set";
import type { DenseArray } from "./dense-array";
import { badFile } from "./files";

/**
 * What an axis of an array counts. `"subcarrier"` with `"antenna"` makes it a
 * frequency-domain array, `"delay"` with `"angle"` an angle-delay array; `"single"`
 * is an axis of size 1; without `"sample"` there is one sample.
 */
export type AxisName = "sample" | "subcarrier" | "antenna" | "delay" | "angle" | "single";

const AXIS_NAMES: ReadonlySet<string> = new Set([
  "sample",
  "subcarrier",
  "antenna",
  "delay",
  "angle",
  "single",
]);

export interface ConversionOptions {
  /** Delay taps kept; default 32, or all there are if fewer. */
  readonly delays?: number | undefined;
  /** Order of the angle axis in the file, for angle-delay arrays; default `"centered"`. */
  readonly angleOrder?: AngleOrder | undefined;
}

/** Scaled, centered channels from a complex array with named axes. */
export function channelsFromArray(
  source: { name: string },
  place: string,
  array: DenseArray,
  axes: readonly AxisName[],
  options: ConversionOptions,
  metadata: Metadata,
): ChannelSet {
  const frequency = axes.includes("subcarrier");
  const wanted = frequency ? (["subcarrier", "antenna"] as const) : (["delay", "angle"] as const);
  const axesAreGood =
    axes.length === array.shape.length &&
    axes.every((axis) => AXIS_NAMES.has(axis)) &&
    wanted.every((axis) => axes.includes(axis)) &&
    axes.every(
      (axis, i) => axis === "single" || (axes.indexOf(axis) === i && ["sample", ...wanted].includes(axis)),
    );
  if (!axesAreGood) {
    const rule = `axes must name each of its ${array.shape.length} dimensions: subcarrier and antenna or delay and angle, sample, single`;
    badFile("INVALID_AXES", source, place, rule, axes);
  }
  const size = (axis: AxisName) => (axes.includes(axis) ? array.shape[axes.indexOf(axis)] : 1);
  const single = axes.findIndex((axis, i) => axis === "single" && array.shape[i] !== 1);
  if (single >= 0)
    badFile("INVALID_SHAPE", source, place, `dimension ${single} must be of size 1`, array.shape);
  const [samples, rows, columns] = [size("sample"), size(wanted[0]), size(wanted[1])];
  if (rows === 0 || columns === 0)
    badFile("INVALID_SHAPE", source, place, "no dimension may be empty", array.shape);
  if (array.im === undefined) badFile("INVALID_TYPE", source, place, "it must be complex", "a real array");
  const stride = (axis: AxisName) =>
    axes.includes(axis)
      ? array.shape.slice(axes.indexOf(axis) + 1).reduce((product, n) => product * n, 1)
      : 0;
  const strides = [stride("sample"), stride(wanted[0]), stride(wanted[1])];
  const planes = [array.re, array.im].map((values) => {
    const ordered = new Float32Array(samples * rows * columns);
    let i = 0;
    for (let sample = 0; sample < samples; sample++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++, i++) {
          ordered[i] = values[sample * strides[0] + row * strides[1] + column * strides[2]];
          if (!Number.isFinite(ordered[i])) {
            badFile("NOT_FINITE", source, place, `sample ${sample} must be finite`, ordered[i]);
          }
        }
      }
    }
    return ordered;
  });
  if (frequency) {
    const channels: FrequencyChannels = { re: planes[0], im: planes[1], shape: [samples, rows, columns] };
    return channelsFromFrequency(channels, options.delays, metadata);
  }
  return channelsFromTaps(source, place, planes, [samples, rows, columns], options, metadata);
}

function channelsFromTaps(
  source: { name: string },
  place: string,
  [re, im]: readonly Float32Array[],
  [samples, rows, antennas]: readonly [number, number, number],
  options: ConversionOptions,
  metadata: Metadata,
): ChannelSet {
  const delays = keptDelays(source, place, options.delays, rows);
  const data = new Float32Array(samples * 2 * delays * antennas);
  for (let sample = 0; sample < samples; sample++) {
    const from = sample * rows * antennas;
    data.set(re.subarray(from, from + delays * antennas), 2 * sample * delays * antennas);
    data.set(im.subarray(from, from + delays * antennas), (2 * sample + 1) * delays * antennas);
  }
  const taps: AngleDelayChannels = { data, shape: [samples, 2, delays, antennas] };
  return scaledSet(options.angleOrder === "fft" ? centerAngles(taps) : taps, metadata);
}

function keptDelays(
  source: { name: string },
  place: string,
  wanted: number | undefined,
  available: number,
): number {
  const delays = wanted ?? Math.min(32, available);
  if (!Number.isSafeInteger(delays) || delays < 1 || delays > available) {
    badFile("INVALID_ARGUMENT", source, place, `delays must be from 1 to the ${available} there are`, delays);
  }
  return delays;
}

/** Scaled, centered channels from the frequency domain. */
export function channelsFromFrequency(
  frequency: FrequencyChannels,
  delays: number | undefined,
  metadata: Metadata,
): ChannelSet {
  const subcarriers = frequency.shape[1];
  const taps = toAngleDelay(frequency, { delays: delays ?? Math.min(32, subcarriers) });
  return scaledSet(centerAngles(taps), { ...metadata, subcarriers });
}

function scaledSet(taps: AngleDelayChannels, metadata: Metadata): ChannelSet {
  const { data, shape, scale } = normalize(taps);
  return { data, shape, scale, angleOrder: "centered", perSample: {}, metadata };
}
