// mathjs matrices at the edge: complex matrices in, complex matrices out. Kept in
// an entry of its own, so that nobody loads mathjs who does not use it.
import { invalid } from "@csi-feedback/common";
import { complex, type MathCollection, type Matrix, matrix } from "mathjs";
import { type AngleDelayChannels, checkAngleDelay, checkFrequency, type FrequencyChannels } from "./channels";

/**
 * Frequency-domain channels from mathjs matrices (or nested arrays), one
 * `[subcarriers, antennas]` matrix of numbers or complex numbers a sample.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE` when a matrix is not two-dimensional or
 * the sizes differ, `INVALID_ARGUMENT` when an entry is no number, `NOT_FINITE`.
 *
 * @example
 * ```ts
 * import { frequencyFromMatrices } from "@csi-feedback/channel-dft/mathjs";
 * import { complex, matrix } from "mathjs";
 *
 * const channels = frequencyFromMatrices([matrix([[complex(1, 2), complex(0, -1)]])]);
 * console.log(channels.shape, [...channels.im]); // [ 1, 1, 2 ] [ 2, -1 ]
 * ```
 */
export function frequencyFromMatrices(matrices: readonly MathCollection[]): FrequencyChannels {
  const { rows, columns, re, im } = planes("frequencyFromMatrices", matrices);
  const channels: FrequencyChannels = { re, im, shape: [matrices.length, rows, columns] };
  checkFrequency("frequencyFromMatrices", channels);
  return channels;
}

/** One complex `[subcarriers, antennas]` matrix a sample. @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`. */
export function frequencyToMatrices(channels: FrequencyChannels): Matrix[] {
  checkFrequency("frequencyToMatrices", channels);
  const [batch, subcarriers, antennas] = channels.shape;
  return Array.from({ length: batch }, (_, sample) => {
    const from = sample * subcarriers * antennas;
    return complexMatrix(channels.re, from, channels.im, from, subcarriers, antennas);
  });
}

/**
 * Angle-delay channels from mathjs matrices (or nested arrays), one `[delays,
 * antennas]` matrix a sample.
 *
 * @throws CsiFeedbackError as {@link frequencyFromMatrices}.
 */
export function angleDelayFromMatrices(matrices: readonly MathCollection[]): AngleDelayChannels {
  const { rows, columns, re, im } = planes("angleDelayFromMatrices", matrices);
  const size = rows * columns;
  const data = new Float32Array(2 * re.length);
  for (let sample = 0; sample < matrices.length; sample++) {
    data.set(re.subarray(sample * size, (sample + 1) * size), 2 * sample * size);
    data.set(im.subarray(sample * size, (sample + 1) * size), (2 * sample + 1) * size);
  }
  const channels: AngleDelayChannels = { data, shape: [matrices.length, 2, rows, columns] };
  checkAngleDelay("angleDelayFromMatrices", channels);
  return channels;
}

/** One complex `[delays, antennas]` matrix a sample. @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`. */
export function angleDelayToMatrices(channels: AngleDelayChannels): Matrix[] {
  checkAngleDelay("angleDelayToMatrices", channels);
  const [batch, , delays, antennas] = channels.shape;
  const size = delays * antennas;
  return Array.from({ length: batch }, (_, sample) =>
    complexMatrix(channels.data, 2 * sample * size, channels.data, (2 * sample + 1) * size, delays, antennas),
  );
}

function planes(functionName: string, matrices: readonly MathCollection[]) {
  if (matrices.length === 0) {
    invalid("INVALID_SHAPE", functionName, "at least one matrix is needed", matrices);
  }
  const first = matrix(matrices[0]).size();
  const [rows, columns] = first;
  const size = rows * columns;
  if (first.length !== 2) invalid("INVALID_SHAPE", functionName, "matrices must have two dimensions", first);
  const re = new Float32Array(matrices.length * size);
  const im = new Float32Array(matrices.length * size);
  for (const [sample, collection] of matrices.entries()) {
    const given = matrix(collection);
    const shape = given.size();
    if (shape.length !== 2 || shape[0] !== rows || shape[1] !== columns) {
      const rule = `matrix ${sample} must be [${rows}, ${columns}] as the first`;
      invalid("INVALID_SHAPE", functionName, rule, shape);
    }
    given.forEach((entry: unknown, index: number[]) => {
      const place = sample * size + index[0] * columns + index[1];
      const value = complexParts(functionName, entry);
      re[place] = value.re;
      im[place] = value.im;
    });
  }
  return { rows, columns, re, im };
}

function complexParts(functionName: string, entry: unknown): { re: number; im: number } {
  if (typeof entry === "number") return { re: entry, im: 0 };
  if (typeof entry === "object" && entry !== null && "re" in entry && "im" in entry) {
    return { re: Number(entry.re), im: Number(entry.im) };
  }
  return invalid("INVALID_ARGUMENT", functionName, "entries must be numbers or complex numbers", entry);
}

function complexMatrix(
  re: Float32Array,
  reFrom: number,
  im: Float32Array,
  imFrom: number,
  rows: number,
  columns: number,
): Matrix {
  const entry = (row: number, column: number) => {
    const place = row * columns + column;
    return complex(re[reFrom + place], im[imFrom + place]);
  };
  return matrix(
    Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => entry(row, column)),
    ),
  );
}
