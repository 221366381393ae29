// What the baselines with a fixed, dense codeword share: everything but the layers.
import { invalid } from "@csi-feedback/common";
import type { SafeTensor } from "@csi-feedback/safetensors";
import * as tf from "@tensorflow/tfjs-core";
import { assignTensors, encodeCheckpoint } from "../checkpoint";
import { assertBatch } from "../elements";
import { toPlanesFirst, toPlanesLast } from "../layers";
import type { Codeword, EncodeOptions, FeedbackNetwork, ForwardOptions, Side } from "../network";
import { Parameters } from "../parameters";

/** Configuration of a network with a fixed codeword. */
export interface DenseCodewordOptions {
  /** Length of the codeword; a channel has 2 x delays x antennas numbers. */
  readonly codeword?: number;
  readonly delays?: number;
  readonly antennas?: number;
  /**
   * Which axis the network sees first. `"angle"` transposes at both ends: published weights were trained on
   * `[2, antennas, delays]`.
   */
  readonly firstAxis?: "delay" | "angle";
}

/** The layers of a network, over NHWC tensors and `[batch, codeword]`. */
export interface DenseCodewordLayers {
  encode(x: tf.Tensor4D, training: boolean): tf.Tensor2D;
  decode(codeword: tf.Tensor2D, training: boolean): tf.Tensor4D;
}

/** Sizes as a network's layers see them. */
export interface Sizes {
  readonly codeword: number;
  readonly height: number;
  readonly width: number;
  /** Numbers in a sample, 2 x height x width. */
  readonly size: number;
}

/** What makes one network out of {@link DenseCodewordNetwork}. */
export interface DenseCodewordDefinition {
  readonly name: string;
  /** Everything the network is built from, beside {@link DenseCodewordOptions}. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Tells the parameters of the user's side from those of the base station. */
  isEncoder(parameterName: string): boolean;
  build(parameters: Parameters, sizes: Sizes): DenseCodewordLayers;
}

/** A network whose codeword is a vector of fixed length. */
export class DenseCodewordNetwork implements FeedbackNetwork {
  readonly name: string;
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly groups: Readonly<Record<"encoder" | "decoder", readonly string[]>>;
  readonly #parameters: Parameters;
  readonly #layers: DenseCodewordLayers;
  readonly #codeword: number;
  readonly #transposed: boolean;

  /** @throws CsiFeedbackError `INVALID_CONFIGURATION`. */
  constructor(definition: DenseCodewordDefinition, options: DenseCodewordOptions, seed: number) {
    const { delays = 32, antennas = 32, firstAxis = "delay" } = options;
    const size = 2 * delays * antennas;
    const { codeword = size / 8 } = options;
    const reject = (rule: string, received: unknown) =>
      invalid("INVALID_CONFIGURATION", definition.name, rule, received);
    for (const [name, value] of Object.entries({ delays, antennas, codeword })) {
      if (!Number.isInteger(value) || value < 1) reject(`${name} must be a positive integer`, value);
    }
    if (codeword > size) reject(`codeword must be at most ${size}`, codeword);
    if (firstAxis !== "delay" && firstAxis !== "angle")
      reject('firstAxis must be "delay" or "angle"', firstAxis);
    this.name = definition.name;
    this.shape = [2, delays, antennas];
    this.configuration = { codeword, delays, antennas, firstAxis, ...definition.settings };
    this.#codeword = codeword;
    this.#transposed = firstAxis === "angle";
    this.#parameters = new Parameters(seed);
    const [height, width] = this.#transposed ? [antennas, delays] : [delays, antennas];
    this.#layers = definition.build(this.#parameters, { codeword, height, width, size });
    this.parameters = this.#parameters.variables;
    const learned = this.#parameters.learned("");
    this.groups = {
      encoder: learned.filter((name) => definition.isEncoder(name)),
      decoder: learned.filter((name) => !definition.isEncoder(name)),
    };
  }

  forward(channels: tf.Tensor4D, { training, frozen = [], link }: ForwardOptions): tf.Tensor4D {
    const learns = (group: string) => training && !frozen.includes(group);
    return tf.tidy(() => {
      const sent = this.#layers.encode(this.#fromPlanes(channels), learns("encoder"));
      const received = link === undefined ? sent : (link(sent) as tf.Tensor2D);
      return this.#toPlanes(this.#layers.decode(received, learns("decoder")));
    });
  }

  /** @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`. */
  async encode(channels: Float32Array, { batch }: EncodeOptions): Promise<Codeword[]> {
    assertBatch(`${this.name}.encode`, channels, batch, this.shape);
    const values = await read(
      tf.tidy(() =>
        this.#layers.encode(this.#fromPlanes(tf.tensor4d(channels, [batch, ...this.shape])), false),
      ),
    );
    const length = this.#codeword;
    return Array.from({ length: batch }, (_, i) => ({ values: values.slice(i * length, (i + 1) * length) }));
  }

  /** @throws CsiFeedbackError `INVALID_CODEWORD`, `INVALID_SHAPE`. */
  async decode(codewords: readonly Codeword[]): Promise<Float32Array> {
    const length = this.#codeword;
    const batch = codewords.length;
    if (batch === 0) invalid("INVALID_SHAPE", `${this.name}.decode`, "at least one codeword is needed", 0);
    const all = new Float32Array(batch * length);
    for (const [i, { values, positions }] of codewords.entries()) {
      if (values.length !== length || positions !== undefined || !values.every(Number.isFinite)) {
        const rule = `a codeword must be ${length} finite values without positions`;
        invalid("INVALID_CODEWORD", `${this.name}.decode`, rule, values);
      }
      all.set(values, i * length);
    }
    return read(tf.tidy(() => this.#toPlanes(this.#layers.decode(tf.tensor2d(all, [batch, length]), false))));
  }

  parameterCount(side: Side): number {
    const names = side === "ue" ? this.groups.encoder : this.groups.decoder;
    return names.reduce((sum, name) => sum + this.parameters.get(name)!.size, 0);
  }

  async save(extra: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
    return encodeCheckpoint(
      { network: this.name, configuration: this.configuration },
      this.#parameters,
      extra,
    );
  }

  /** Official state-dict names; PyTorch's `num_batches_tracked` counters are ignored. */
  assign(tensors: ReadonlyMap<string, SafeTensor>): void {
    const weights = [...tensors].filter(([name]) => !name.endsWith(".num_batches_tracked"));
    assignTensors(this.name, this.#parameters, new Map(weights));
  }

  dispose(): void {
    this.#parameters.dispose();
  }

  #fromPlanes(x: tf.Tensor4D): tf.Tensor4D {
    return this.#transposed ? tf.transpose(x, [0, 3, 2, 1]) : toPlanesLast(x);
  }

  #toPlanes(x: tf.Tensor4D): tf.Tensor4D {
    return this.#transposed ? tf.transpose(x, [0, 3, 2, 1]) : toPlanesFirst(x);
  }
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return (await tensor.data()) as Float32Array;
  } finally {
    tensor.dispose();
  }
}

/** NHWC to rows in the order planes, height, width, as PyTorch flattens. */
export function flatten(x: tf.Tensor4D): tf.Tensor2D {
  return tf.reshape(toPlanesFirst(x), [x.shape[0], -1]);
}

/** Rows back to NHWC. */
export function unflatten(x: tf.Tensor2D, { height, width }: Sizes): tf.Tensor4D {
  return toPlanesLast(tf.reshape(x, [-1, 2, height, width]));
}
