// What every network of this package offers: a differentiable pipeline for training,
// and an encoder (user side) and a decoder (base station) over typed arrays for use.
import type { SafeTensor } from "@csi-feedback/safetensors";
import type * as tf from "@tensorflow/tfjs-core";

/** How one forward pass is to be run. */
export interface ForwardOptions {
  /** True in a training step: batch statistics are used and moving statistics updated. */
  readonly training: boolean;
  /**
   * Groups that are not trained in this step: their batch norms use their moving statistics and leave them
   * as they are, so that a frozen group does not move at all.
   */
  readonly frozen?: readonly string[];
  /**
   * `"preliminary"` is the output of the preliminary decoder (stage 1 of Algorithm 1),
   * `"final"` that of the whole pipeline. Networks without a preliminary decoder ignore it.
   */
  readonly output: "preliminary" | "final";
  /** Elements kept (M) per sample, `[batch]`; networks with a fixed codeword ignore it. */
  readonly elements?: tf.Tensor1D;
  /** What the values of the codewords pass through on their way to the base station, as a quantizer; element by element. */
  readonly link?: (values: tf.Tensor) => tf.Tensor;
}

/** What one channel sends: values, and where they stand when they are elements of a matrix. */
export interface Codeword {
  readonly values: Float32Array;
  /** Ascending indices into `[2, delays, antennas]`, one per value; absent for dense codewords. */
  readonly positions?: Int32Array;
  /** Mean of the channel; absent for dense codewords. */
  readonly mean?: number;
}

/** Options of {@link FeedbackNetwork.encode}. */
export interface EncodeOptions {
  /** Samples in `channels`. */
  readonly batch: number;
  /** Elements to keep (M); required by networks that select elements, ignored by the others. */
  readonly elements?: number;
}

/** Options of {@link FeedbackNetwork.decode}. */
export interface DecodeOptions {
  /** Which output, as in {@link ForwardOptions}; `"final"` when absent. */
  readonly output?: "preliminary" | "final";
}

/** The two ends of the link. */
export type Side = "ue" | "bs";

/** Both ends of the link over typed arrays: a network, or a control without one. */
export interface FeedbackMethod {
  /** `"llmcsinet"`, `"crnet"`, `"largest"`, ... */
  readonly name: string;
  /** Shape of one channel sample. */
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  /** User side: one codeword per sample of `[batch, 2, delays, antennas]` in [0, 1]. */
  encode(channels: Float32Array, options: EncodeOptions): Promise<Codeword[]>;
  /** Base station: `[codewords, 2, delays, antennas]`. */
  decode(codewords: readonly Codeword[], options?: DecodeOptions): Promise<Float32Array>;
}

/** A CSI feedback network. */
export interface FeedbackNetwork extends FeedbackMethod {
  /** Everything that the network was built from, as plain JSON. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Every variable by its stable dotted name, moving statistics included. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Trainable groups: group name to parameter names. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** The whole differentiable pipeline; `[batch, 2, delays, antennas]` in [0, 1] in and out. */
  forward(channels: tf.Tensor4D, options: ForwardOptions): tf.Tensor4D;
  /** Parameters at one end of the link, moving statistics not counted. */
  parameterCount(side: Side): number;
  /** The weights and the configuration as one safetensors file; `extra` goes into its metadata. */
  save(extra?: Readonly<Record<string, string>>): Promise<Uint8Array>;
  /**
   * Replaces every weight, all or none.
   *
   * @throws CsiFeedbackError `CHECKPOINT_MISMATCH` naming the first difference.
   */
  assign(tensors: ReadonlyMap<string, SafeTensor>): void;
  /** Frees the variables. */
  dispose(): void;
}
