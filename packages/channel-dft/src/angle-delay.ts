// The angle-delay transform of eq. 2 and its inverse: a DFT along each axis of a
// [subcarriers, antennas] channel, of which only the first delay taps are kept.
// The antenna DFT runs on the kept taps only, after the truncation.
import { invalid } from "@csi-feedback/common";
import { type AngleDelayChannels, checkAngleDelay, checkFrequency, type FrequencyChannels } from "./channels";
import { dftPlan, rootsOfUnity } from "./dft";

/**
 * How the angle-delay domain is written; both take the same frequency response.
 *
 * - `"unitary"`: unitary inverse DFT over subcarriers, unitary DFT over antennas.
 * - `"paper"`: eq. 2 read literally, `F_c H F_d` with the rows of `H` conjugated
 *   (`h_n^H`) and both DFTs forward. Its element `[delay, angle]` is the complex
 *   conjugate of the unitary one at `[delay, (antennas - angle) mod antennas]`.
 */
export type AngleDelayConvention = "unitary" | "paper";

/**
 * Transforms channels to the angle-delay domain and keeps the first `delays` taps
 * (eq. 2 and the truncation after it). Angles come out in natural DFT order; see
 * {@link centerAngles} for the order of CsiNet's files.
 *
 * @param channels - `[batch, subcarriers, antennas]`; any sizes, fastest for powers of two.
 * @param options.delays - delay taps to keep, from 1 to `subcarriers`; a tap is 1 / bandwidth [s].
 * @returns `[batch, 2, delays, antennas]`.
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_ARGUMENT`.
 *
 * @example
 * ```ts
 * import { toAngleDelay, toFrequency } from "@csi-feedback/channel-dft";
 *
 * // A path of delay 3 taps seen by one antenna: exp(-j 2 pi k 3 / 64).
 * const phase = Float32Array.from({ length: 64 }, (_, k) => (-2 * Math.PI * k * 3) / 64);
 * const channels = { re: phase.map(Math.cos), im: phase.map(Math.sin), shape: [1, 64, 1] as const };
 * const taps = toAngleDelay(channels, { delays: 8 });
 * console.log(taps.data.findIndex((value) => value > 1)); // 3
 * console.log(toFrequency(taps, { subcarriers: 64 }).shape); // [ 1, 64, 1 ]
 * ```
 */
export function toAngleDelay(
  channels: FrequencyChannels,
  options: { delays: number; convention?: AngleDelayConvention },
): AngleDelayChannels {
  checkFrequency("toAngleDelay", channels);
  const [batch, subcarriers, antennas] = channels.shape;
  const { delays } = options;
  const conjugated = isPaper("toAngleDelay", options.convention);
  if (!Number.isSafeInteger(delays) || delays < 1 || delays > subcarriers) {
    const rule = `delays must be an integer from 1 to the ${subcarriers} subcarriers`;
    invalid("INVALID_ARGUMENT", "toAngleDelay", rule, delays);
  }
  const data = new Float32Array(batch * 2 * delays * antennas);
  const plane = delays * antennas;
  const input = new Float64Array(2 * subcarriers * antennas);
  const taps = new Float64Array(2 * plane);
  const transform = alongRows(subcarriers, delays, antennas);
  for (let sample = 0; sample < batch; sample++) {
    interleave(channels.re, channels.im, sample * subcarriers * antennas, input, 1);
    transform(input, subcarriers, taps, delays, true);
    alongColumns(taps, delays, antennas, conjugated);
    separate(taps, data, 2 * sample * plane, data, (2 * sample + 1) * plane, conjugated ? -1 : 1);
  }
  return { data, shape: [batch, 2, delays, antennas] };
}

/**
 * Brings angle-delay channels back to the frequency domain; taps beyond the kept
 * ones count as zero. The inverse of {@link toAngleDelay} when no tap was cut off.
 *
 * @param channels - `[batch, 2, delays, antennas]`, angles in natural DFT order.
 * @param options.subcarriers - at least `delays`.
 * @returns `[batch, subcarriers, antennas]`.
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_ARGUMENT`.
 */
export function toFrequency(
  channels: AngleDelayChannels,
  options: { subcarriers: number; convention?: AngleDelayConvention },
): FrequencyChannels {
  checkAngleDelay("toFrequency", channels);
  const [batch, , delays, antennas] = channels.shape;
  const { subcarriers } = options;
  const conjugated = isPaper("toFrequency", options.convention);
  if (!Number.isSafeInteger(subcarriers) || subcarriers < delays) {
    const rule = `subcarriers must be an integer of at least the ${delays} delays`;
    invalid("INVALID_ARGUMENT", "toFrequency", rule, subcarriers);
  }
  const count = subcarriers * antennas;
  const re = new Float32Array(batch * count);
  const im = new Float32Array(batch * count);
  const plane = delays * antennas;
  const taps = new Float64Array(2 * plane);
  const output = new Float64Array(2 * count);
  const transform = alongRows(subcarriers, delays, antennas);
  for (let sample = 0; sample < batch; sample++) {
    const real = channels.data.subarray(2 * sample * plane, (2 * sample + 1) * plane);
    const imaginary = channels.data.subarray((2 * sample + 1) * plane, (2 * sample + 2) * plane);
    interleave(real, imaginary, 0, taps, conjugated ? -1 : 1);
    alongColumns(taps, delays, antennas, !conjugated);
    transform(taps, delays, output, subcarriers, false);
    separate(output, re, sample * count, im, sample * count, 1);
  }
  return { re, im, shape: [batch, subcarriers, antennas] };
}

function isPaper(functionName: string, convention: AngleDelayConvention = "unitary"): boolean {
  if (convention !== "unitary" && convention !== "paper") {
    invalid("INVALID_ARGUMENT", functionName, 'convention must be "unitary" or "paper"', convention);
  }
  return convention === "paper";
}

function interleave(
  re: Float32Array,
  im: Float32Array,
  from: number,
  values: Float64Array,
  imaginarySign: number,
): void {
  for (let i = 0; 2 * i < values.length; i++) {
    values[2 * i] = re[from + i];
    values[2 * i + 1] = imaginarySign * im[from + i];
  }
}

function separate(
  values: Float64Array,
  re: Float32Array,
  reFrom: number,
  im: Float32Array,
  imFrom: number,
  imaginarySign: number,
): void {
  for (let i = 0; 2 * i < values.length; i++) {
    re[reFrom + i] = values[2 * i];
    im[imFrom + i] = imaginarySign * values[2 * i + 1];
  }
}

/** DFT of every row of a `[rows, columns]` interleaved matrix, in place. */
function alongColumns(values: Float64Array, rows: number, columns: number, inverse: boolean): void {
  const plan = dftPlan(columns);
  for (let row = 0; row < rows; row++) {
    plan.run(values.subarray(2 * row * columns, 2 * (row + 1) * columns), inverse);
  }
}

type RowTransform = (
  input: Float64Array,
  inputRows: number,
  output: Float64Array,
  outputRows: number,
  inverse: boolean,
) => void;

/**
 * The DFT of `size` points down the columns, when only `used` rows of its input or
 * of its output matter: a plain sum over those rows where that costs less.
 */
function alongRows(size: number, used: number, columns: number): RowTransform {
  const plan = dftPlan(size);
  return plan.cost < size * used ? fastRows(plan.size, columns) : directRows(size, columns);
}

function fastRows(size: number, columns: number): RowTransform {
  const plan = dftPlan(size);
  const column = new Float64Array(2 * size);
  return (input, inputRows, output, outputRows, inverse) => {
    for (let c = 0; c < columns; c++) {
      column.fill(0, 2 * inputRows);
      for (let row = 0; row < inputRows; row++) {
        const place = 2 * (row * columns + c);
        column[2 * row] = input[place];
        column[2 * row + 1] = input[place + 1];
      }
      plan.run(column, inverse);
      for (let row = 0; row < outputRows; row++) {
        const place = 2 * (row * columns + c);
        output[place] = column[2 * row];
        output[place + 1] = column[2 * row + 1];
      }
    }
  };
}

function directRows(size: number, columns: number): RowTransform {
  const roots = rootsOfUnity(size);
  const scale = 1 / Math.sqrt(size);
  const width = 2 * columns;
  return (input, inputRows, output, outputRows, inverse) => {
    output.fill(0);
    for (let to = 0; to < outputRows; to++) {
      for (let from = 0; from < inputRows; from++) {
        const root = 2 * ((to * from) % size);
        const re = roots[root] * scale;
        const im = (inverse ? -1 : 1) * roots[root + 1] * scale;
        const source = from * width;
        const target = to * width;
        for (let i = 0; i < width; i += 2) {
          output[target + i] += re * input[source + i] - im * input[source + i + 1];
          output[target + i + 1] += re * input[source + i + 1] + im * input[source + i];
        }
      }
    }
  };
}
