// What every channel estimator of this package is: a network that is given the least-squares
// estimate of a channel and returns a better one. Its layers stand in files of their own.
import type { SafeTensor } from "@csi-feedback/safetensors";
import * as tf from "@tensorflow/tfjs-core";
import { assignTensors, encodeCheckpoint } from "../checkpoint";
import { countMultiplyAccumulates } from "../complexity";
import { assertBatch } from "../elements";
import { toPlanesFirst, toPlanesLast } from "../layers";
import type { ForwardOptions } from "../network";
import type { Parameters } from "../parameters";
import { type DomainTransform, domainTransform, type EstimatorDomain } from "./domain";

/** Scalars of a channel estimator, by whether training changes them. */
export interface EstimatorSize {
  readonly trained: number;
  readonly frozen: number;
  /** Moving statistics of batch normalisations. */
  readonly statistics: number;
}

/** What a network does with its input, and which of its parameters are trained together. */
export interface EstimatorLayers {
  /** `[batch, rows, columns, 2]` about zero to the same shape. */
  run(observed: tf.Tensor4D, learns: (group: string) => boolean): tf.Tensor4D;
  /** True: `run` gives the noise, which is subtracted; false: it gives the channel. */
  readonly residual: boolean;
  /** Trained groups: group name to parameter names. Learned parameters in none of them are frozen. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Frees what is not among the parameters. */
  dispose?(): void;
}

/**
 * A network that improves channel estimates of a square number of antennas. Samples are `[2, rows, columns]`,
 * real plane first, antennas in row-major order. 0.5 stands for zero, as everywhere in this package, but
 * the values are not confined to [0, 1]: they are `0.5 + h` for channels of unit power per antenna.
 */
export class ChannelEstimatorNetwork {
  /** `"llm4xce"`, `"xlcnet"`, ... */
  readonly name: string;
  /** Shape of one sample. */
  readonly shape: readonly [planes: 2, rows: number, columns: number];
  /** Everything that the network was built from, as plain JSON. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Every variable by its stable dotted name, frozen ones and moving statistics included. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Trainable groups: group name to parameter names. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly #parameters: Parameters;
  readonly #layers: EstimatorLayers;
  readonly #transform: DomainTransform | undefined;

  constructor(
    name: string,
    antennas: number,
    configuration: Readonly<Record<string, unknown>> & { readonly domain: EstimatorDomain },
    parameters: Parameters,
    layers: EstimatorLayers,
  ) {
    const side = Math.sqrt(antennas);
    this.name = name;
    this.shape = [2, side, side];
    this.configuration = configuration;
    this.#parameters = parameters;
    this.#layers = layers;
    this.#transform = domainTransform(configuration.domain, side);
    this.parameters = parameters.variables;
    this.groups = layers.groups;
  }

  /** Observed channels to estimates, `[batch, 2, rows, columns]` about 0.5 in and out. Differentiable. */
  forward(channels: tf.Tensor4D, options: ForwardOptions): tf.Tensor4D {
    return tf.tidy(() => {
      const learns = (group: string) => options.training && !options.frozen?.includes(group);
      const observed = tf.sub<tf.Tensor4D>(channels, 0.5);
      const seen = this.#transform?.forward(observed) ?? observed;
      const given = toPlanesFirst(this.#layers.run(toPlanesLast(seen), learns));
      const output = this.#transform?.inverse(given) ?? given;
      return this.#layers.residual ? tf.sub(channels, output) : tf.add(output, 0.5);
    });
  }

  /**
   * Estimates over typed arrays, `[batch, 2, rows, columns]` about 0.5 in and out.
   *
   * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`.
   */
  async estimate(observed: Float32Array, { batch }: { readonly batch: number }): Promise<Float32Array> {
    assertBatch(`${this.name}.estimate`, observed, batch, this.shape);
    const output = tf.tidy(() =>
      this.forward(tf.tensor4d(observed, [batch, ...this.shape]), { training: false, output: "final" }),
    );
    try {
      return (await output.data()) as Float32Array;
    } finally {
      output.dispose();
    }
  }

  /** Scalars by whether training changes them. */
  get size(): EstimatorSize {
    const sum = (names: Iterable<string>) =>
      [...names].reduce((total, name) => total + (this.parameters.get(name)?.size ?? 0), 0);
    const learned = sum(this.#parameters.learned(""));
    const trained = sum(Object.values(this.groups).flat());
    return { trained, frozen: learned - trained, statistics: sum(this.parameters.keys()) - learned };
  }

  /** Multiply-accumulates of one estimate, traced on the current backend from the operations that run. */
  multiplyAccumulates(): Promise<number> {
    const sample = new Float32Array(2 * this.shape[1] * this.shape[2]).fill(0.5);
    return countMultiplyAccumulates(() => this.estimate(sample, { batch: 1 }));
  }

  /** The weights and the configuration as one safetensors file; `extra` goes into its metadata. */
  save(extra: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
    return encodeCheckpoint(
      { network: this.name, configuration: this.configuration },
      this.#parameters,
      extra,
    );
  }

  /**
   * Replaces every weight, all or none.
   *
   * @throws CsiFeedbackError `CHECKPOINT_MISMATCH` naming the first difference.
   */
  assign(tensors: ReadonlyMap<string, SafeTensor>): void {
    assignTensors(this.name, this.#parameters, tensors);
  }

  /** Frees the variables. */
  dispose(): void {
    this.#parameters.dispose();
    this.#layers.dispose?.();
    this.#transform?.dispose();
  }
}
