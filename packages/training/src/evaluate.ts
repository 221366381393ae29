// Evaluation of a network on a data set, batch by batch: NMSE (eq. 14), SGCS
// (eq. 15) and MSE (eq. 13). Means are over all samples; the logarithm comes last.
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import { type Batch, type NoiseSettings, readOrderedBatch } from "./batches";
import { LEAST_RATIO, SUMS, sampleSums } from "./loss";
import type { ChannelSource, ForwardOptions, TrainableNetwork } from "./network";

/** What {@link evaluate} found for one number of kept elements. */
export interface Evaluation {
  /** Elements kept (M); absent for networks with a fixed codeword. */
  readonly elements?: number;
  readonly samples: number;
  /** NMSE [dB]: 10 log10 of {@link Evaluation.ratio}. */
  readonly nmse: number;
  /** Mean over all samples of `‖H - Ĥ‖² / ‖H‖²` (eq. 14). */
  readonly ratio: number;
  /** Geometric mean over all samples of the same ratios. */
  readonly geometricRatio: number;
  /** Mean over all samples of `|Tr(H^H Ĥ)|² / (‖H‖² ‖Ĥ‖²)` (eq. 15). */
  readonly sgcs: number;
  /** Mean over all samples of `‖H - Ĥ‖²`, channels in [0, 1] (eq. 13). */
  readonly mse: number;
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  readonly network: TrainableNetwork;
  readonly source: ChannelSource;
  /** Numbers of kept elements (M), each evaluated over all samples. Leave out for a fixed codeword. */
  readonly elements?: readonly number[];
  /** Samples of one pass. */
  readonly batchSize: number;
  /** Default `"final"`. */
  readonly output?: ForwardOptions["output"];
  /** Noise on what the network sees; the target stays clean. */
  readonly noise?: NoiseSettings;
  /** Names the noise. Default 0. */
  readonly seed?: number;
  /** Ends the evaluation after the current pass with its `reason`. */
  readonly signal?: AbortSignal;
}

/**
 * Evaluates a network on every sample of a source, in the truncated angle-delay domain, around the
 * zero of 0.5. One result per entry of `elements`, or one in all.
 *
 * @throws CsiFeedbackError `ZERO_CHANNEL` when a sample has no energy, so that its ratio is undefined.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { evaluate } from "@csi-feedback/training";
 *
 * // A "network" that halves every channel: the error is a quarter of the energy.
 * const network = {
 *   name: "half",
 *   parameters: new Map(),
 *   groups: {},
 *   forward: (channels: tf.Tensor4D) => tf.tidy(() => tf.add(tf.mul(tf.sub(channels, 0.5), 0.5), 0.5) as tf.Tensor4D),
 * };
 * const source = {
 *   count: 3,
 *   shape: [2, 4, 4] as const,
 *   read: async (indices: Int32Array) => new Float32Array(indices.length * 32).fill(0.75),
 * };
 * const [result] = await evaluate({ network, source, batchSize: 2 });
 * console.log(result.samples, result.nmse.toFixed(2), result.sgcs.toFixed(2)); // 3 -6.02 1.00
 * ```
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation[]> {
  const { network, source, batchSize } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    invalid("INVALID_ARGUMENT", "evaluate", "batchSize must be a positive integer", batchSize);
  }
  if (source.count < 1) invalid("EMPTY_DATA", "evaluate", "source must hold samples", source.count);
  const output = options.output ?? "final";
  const settings = { seed: options.seed ?? 0, noise: options.noise };
  const counts = options.elements ?? [undefined];
  const totals = counts.map((): Totals => ({ ratio: 0, logRatio: 0, sgcs: 0, mse: 0 }));
  const read = (first: number) =>
    readOrderedBatch(source, first, Math.min(batchSize, source.count - first), settings);
  let coming = read(0);
  for (let first = 0; first < source.count; first += batchSize) {
    options.signal?.throwIfAborted();
    const batch = await coming;
    if (first + batchSize < source.count) {
      coming = read(first + batchSize);
      // A failed read is reported when its turn comes, not as an unhandled rejection.
      coming.catch(() => {});
    }
    for (const [i, elements] of counts.entries()) {
      const sums = await forwardSums(network, source.shape, batch, output, elements);
      accumulate(totals[i], sums, batch.count, first);
    }
  }
  return totals.map((total, i) => {
    const ratio = total.ratio / source.count;
    return {
      ...(counts[i] === undefined ? {} : { elements: counts[i] }),
      samples: source.count,
      nmse: 10 * Math.log10(ratio),
      ratio,
      geometricRatio: Math.exp(total.logRatio / source.count),
      sgcs: total.sgcs / source.count,
      mse: total.mse / source.count,
    };
  });
}

async function forwardSums(
  network: TrainableNetwork,
  shape: ChannelSource["shape"],
  batch: Batch,
  output: ForwardOptions["output"],
  elements: number | undefined,
): Promise<Float32Array> {
  const sums = tf.tidy(() => {
    const target = tf.tensor4d(batch.target, [batch.count, ...shape]);
    const input = batch.input === batch.target ? target : tf.tensor4d(batch.input, [batch.count, ...shape]);
    const kept =
      elements === undefined
        ? {}
        : { elements: tf.tensor1d(new Int32Array(batch.count).fill(elements), "int32") };
    return sampleSums(network.forward(input, { training: false, output, ...kept }), target);
  });
  try {
    return (await sums.data()) as Float32Array;
  } finally {
    sums.dispose();
  }
}

interface Totals {
  ratio: number;
  logRatio: number;
  sgcs: number;
  mse: number;
}

function accumulate(total: Totals, sums: Float32Array, count: number, first: number): void {
  const row = (name: keyof typeof SUMS, i: number) => sums[SUMS[name] * count + i];
  for (let i = 0; i < count; i++) {
    const energy = row("energy", i);
    if (energy === 0) {
      const message = `evaluate: every channel must have energy, but sample ${first + i} is 0.5 everywhere`;
      throw new CsiFeedbackError("ZERO_CHANNEL", message);
    }
    const error = row("error", i);
    const estimateEnergy = row("estimateEnergy", i);
    const correlation = row("correlationRe", i) ** 2 + row("correlationIm", i) ** 2;
    total.mse += error;
    total.ratio += error / energy;
    total.logRatio += Math.log(Math.max(error / energy, LEAST_RATIO));
    // An estimate without energy points nowhere: its similarity is 0.
    total.sgcs += estimateEnergy === 0 ? 0 : correlation / energy / estimateEnergy;
  }
}
