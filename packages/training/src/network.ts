// What the trainer asks of a network and of a data set. Structural: any object of
// this form can be trained, and no network is known here by name.
import type { SafeTensor } from "@csi-feedback/safetensors";
import type * as tf from "@tensorflow/tfjs-core";

/** How one forward pass is to be run. */
export interface ForwardOptions {
  /** True in a training step: batch statistics are used and moving statistics updated. */
  training: boolean;
  /**
   * Groups that are not trained in this step: their batch norms use their moving statistics and leave them
   * as they are, so that a frozen group does not move at all.
   */
  frozen?: readonly string[];
  /**
   * `"preliminary"` is the output of the preliminary decoder (stage 1 of Algorithm 1),
   * `"final"` that of the whole pipeline. Networks without a preliminary decoder ignore it.
   */
  output: "preliminary" | "final";
  /**
   * Elements kept (M) per sample, `[batch]`; absent for networks with a fixed codeword.
   * A tensor, so that a lazily built graph stays the same when M changes.
   */
  elements?: tf.Tensor1D;
}

/** A network as the trainer sees it: named variables, groups of them, one differentiable function. */
export interface TrainableNetwork {
  /** `"llmcsinet"`, `"crnet"`, ... */
  readonly name: string;
  /** Every variable by its stable dotted name, trained or not (moving statistics included). */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Trainable groups: group name to parameter names. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /**
   * The whole differentiable pipeline, from the user's channel to its reconstruction at the
   * base station: `[batch, 2, delays, antennas]` in [0, 1] (0.5 = zero), in and out.
   */
  forward(channels: tf.Tensor4D, options: ForwardOptions): tf.Tensor4D;
  /** The current parameters as a safetensors file of the network's own form. Default: by name, as they are. */
  save?(metadata?: Readonly<Record<string, string>>): Promise<Uint8Array>;
  /** Takes parameters from the tensors of such a file, all or none. Comes together with `save`. */
  assign?(tensors: ReadonlyMap<string, SafeTensor>): void;
}

/** Channel samples that are read by index, `[2, delays, antennas]` each, in [0, 1] with 0.5 = zero. */
export interface ChannelSource {
  /** Number of samples. */
  readonly count: number;
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  /** The samples of the given indices, `[indices.length, 2, delays, antennas]`. */
  read(indices: Int32Array): Promise<Float32Array>;
  /**
   * What the network is given in place of these samples, before noise, where that is something else: a channel with
   * another user's on top of it, for example. The samples themselves stay the target.
   */
  observe?(indices: Int32Array): Promise<Float32Array>;
}
