// How every metric sees its input: a batch of complex channels, given either as
// real planes (angle-delay domain) or as separate real and imaginary arrays
// (frequency domain). Views into the caller's arrays; nothing is copied.
import { assertShape, invalid } from "@csi-feedback/common";

/** Complex values in two arrays of one shape, as frequency-domain channels are given. */
export interface ComplexValues {
  readonly re: Float32Array | Float64Array;
  readonly im: Float32Array | Float64Array;
}

/**
 * A batch of channels: either one array `[batch, 2, ...]` whose second axis is
 * the real and the imaginary plane, such as `[batch, 2, delays, antennas]`, or
 * `{ re, im }`, each `[batch, ...]`, such as `[batch, subcarriers, antennas]`.
 */
export type ChannelValues = Float32Array | Float64Array | ComplexValues;

/** How stored numbers map to channel coefficients. */
export interface CenterOptions {
  /**
   * The stored number that stands for zero, subtracted from real and imaginary
   * parts of both arguments. 0 for channels in physical units (the default), 0.5
   * for the [0, 1] values that networks see.
   */
  readonly center?: number;
}

type Values = Float32Array | Float64Array;

/** A checked batch: entry `k` of sample `i` is at `re[i * stride + k]` and `im[i * stride + imaginary + k]`. */
interface SampleView {
  readonly re: Values;
  readonly im: Values;
  readonly count: number;
  /** Complex entries in one sample. */
  readonly size: number;
  readonly stride: number;
  /** Offset of the imaginary plane inside a sample. */
  readonly imaginary: number;
}

/** Checks `values` against `shape` and returns a view that treats both layouts alike. */
export function viewSamples(
  functionName: string,
  values: ChannelValues,
  shape: readonly number[],
): SampleView {
  if (shape.length < 2) {
    invalid("INVALID_SHAPE", functionName, "shape must have a batch axis and at least one more", shape);
  }
  const count = shape[0];
  if (ArrayBuffer.isView(values)) {
    if (shape.length < 3 || shape[1] !== 2) {
      invalid(
        "INVALID_SHAPE",
        functionName,
        "one array needs shape [batch, 2, ...] with the real and the imaginary plane on the second axis",
        shape,
      );
    }
    assertShape(functionName, values, shape);
    const size = values.length / Math.max(1, 2 * count);
    return { re: values, im: values, count, size, stride: 2 * size, imaginary: size };
  }
  assertShape(functionName, values.re, shape);
  assertShape(functionName, values.im, shape);
  const size = values.re.length / Math.max(1, count);
  return { re: values.re, im: values.im, count, size, stride: size, imaginary: 0 };
}

/** Checks a center option. */
export function checkCenter(functionName: string, options: CenterOptions): number {
  const center = options.center ?? 0;
  if (!Number.isFinite(center)) {
    invalid("INVALID_ARGUMENT", functionName, "center must be a finite number", center);
  }
  return center;
}

/** One sample of one batch: entry `k` is `re[k] + j im[k]`, before the center is subtracted. */
interface Sample {
  readonly re: Values;
  readonly im: Values;
}

/** Arguments that all per-sample metrics share. */
export type MetricArguments = readonly [
  reference: ChannelValues,
  estimate: ChannelValues,
  shape: readonly number[],
  options: CenterOptions,
];

/** Applies `measure` to each sample's reference and estimate; `where` names the sample in errors. */
export function measureSamples(
  functionName: string,
  [reference, estimate, shape, options]: MetricArguments,
  measure: (reference: Sample, estimate: Sample, center: number, where: string) => number,
): Float64Array {
  const center = checkCenter(functionName, options);
  const truth = viewSamples(functionName, reference, shape);
  const other = viewSamples(functionName, estimate, shape);
  return Float64Array.from({ length: truth.count }, (_, i) =>
    measure(sampleOf(truth, i), sampleOf(other, i), center, `sample ${i}`),
  );
}

function sampleOf({ re, im, size, stride, imaginary }: SampleView, index: number): Sample {
  const start = index * stride;
  return {
    re: re.subarray(start, start + size),
    im: im.subarray(start + imaginary, start + imaginary + size),
  };
}

/** The mean of per-sample values; refuses an empty batch. */
export function meanOfSamples(functionName: string, perSample: Float64Array): number {
  if (perSample.length === 0) {
    invalid("EMPTY", functionName, "needs at least one sample", 0);
  }
  let sum = 0;
  for (const value of perSample) sum += value;
  return sum / perSample.length;
}

/** Energies must be finite and, for a reference, not zero. */
export function checkEnergy(functionName: string, where: string, reference: number, other: number): void {
  if (!Number.isFinite(reference) || !Number.isFinite(other)) {
    invalid(
      "NOT_FINITE",
      functionName,
      `every value must be finite, but those of ${where} are not; energies`,
      [reference, other],
    );
  }
  if (reference === 0) {
    invalid("ZERO_ENERGY", functionName, `the reference of ${where} must not be all zero; energy`, reference);
  }
}
