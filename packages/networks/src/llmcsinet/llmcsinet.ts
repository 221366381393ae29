// LLMCsiNet: the encoder f_EN, the preliminary decoder f_PD and the token predictor f_TP
// put together, as a graph for training and as encoder and decoder over typed arrays.
import { CsiFeedbackError, elementCount, invalid } from "@csi-feedback/common";
import type { TransformerLayers } from "@csi-feedback/gpt2-layers";
import type { SafeTensor } from "@csi-feedback/safetensors";
import { readEncoderWeights, readUserConfiguration, userEncoder } from "@csi-feedback/ue-encoder";
import * as tf from "@tensorflow/tfjs-core";
import { assignTensors, encodeCheckpoint, readTensors } from "../checkpoint";
import { assertBatch, assertElements, placeElements, randomKeys } from "../elements";
import { type Layer, toPlanesFirst, toPlanesLast } from "../layers";
import type {
  Codeword,
  DecodeOptions,
  EncodeOptions,
  FeedbackNetwork,
  ForwardOptions,
  Side,
} from "../network";
import { Parameters } from "../parameters";
import {
  type LlmCsiNetConfiguration,
  type LlmCsiNetOptions,
  type Module,
  resolveConfiguration,
} from "./configuration";
import { type EncodedImage, type Encoder, encoder, fixedEncoderScalars } from "./encoder";

import { selfInformationOf } from "./mask";
import { paperPreliminaryDecoder, residualPreliminaryDecoder } from "./preliminary-decoder";
import { largestMask } from "./selection";
import { paperTokenPredictor, residualTokenPredictor } from "./token-predictor";
import { smallestVisible, type Visible, visibleFeatures } from "./visible";

const LAYERS = "tokenPredictor.layers.";

/** LLMCsiNet in either form; see {@link LlmCsiNetConfiguration}. Made by `createLlmCsiNet` or `loadNetwork`. */
export class LlmCsiNet implements FeedbackNetwork {
  readonly name: "llmcsinet" | "idasnet";
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  readonly configuration: LlmCsiNetConfiguration & Readonly<Record<string, unknown>>;
  readonly groups: Readonly<Record<Module, readonly string[]>>;
  /** The transformer layers inside f_TP; absent without a token predictor. */
  readonly layers: TransformerLayers | undefined;
  readonly #parameters: Parameters;
  readonly #variables: ReadonlyMap<string, tf.Variable>;
  readonly #encoder: Encoder | undefined;
  readonly #preliminaryDecoder: Layer | undefined;
  readonly #tokenPredictor: Layer | undefined;

  /**
   * @param layers - the transformer layers; the network owns and disposes them. Absent only without a token predictor.
   * @throws CsiFeedbackError `INVALID_CONFIGURATION`.
   */
  constructor(
    options: LlmCsiNetOptions,
    layers: TransformerLayers | undefined,
    seed: number,
    name: "llmcsinet" | "idasnet" = "llmcsinet",
  ) {
    this.name = name;
    const configuration = resolveConfiguration(options);
    const { form, delays, antennas, without, preliminaryDecoder } = configuration;
    if ((layers === undefined) !== without.includes("tokenPredictor")) {
      throw new CsiFeedbackError(
        "INVALID_CONFIGURATION",
        "LlmCsiNet: transformer layers are needed with a token predictor, and only then",
      );
    }
    this.configuration = { ...configuration };
    this.shape = [2, delays, antennas];
    this.layers = layers;
    const parameters = new Parameters(seed);
    if (!without.includes("encoder")) this.#encoder = encoder(parameters, configuration);
    if (!without.includes("preliminaryDecoder")) {
      this.#preliminaryDecoder =
        form === "paper"
          ? paperPreliminaryDecoder(parameters, "preliminaryDecoder", preliminaryDecoder)
          : residualPreliminaryDecoder(parameters, "preliminaryDecoder", 6, preliminaryDecoder);
    }
    if (layers !== undefined) {
      this.#tokenPredictor =
        form === "paper"
          ? paperTokenPredictor(parameters, "tokenPredictor", configuration, layers)
          : residualTokenPredictor(parameters, "tokenPredictor", 8, configuration, layers);
      for (const [name, variable] of layers.parameters) parameters.adopt(LAYERS + name, variable);
    }
    this.#parameters = parameters;
    this.#variables = parameters.variables;
    this.groups = {
      encoder: parameters.learned("encoder."),
      preliminaryDecoder: parameters.learned("preliminaryDecoder."),
      tokenPredictor: parameters.learned("tokenPredictor."),
    };
  }

  get parameters(): ReadonlyMap<string, tf.Variable> {
    return this.#variables;
  }

  /**
   * The whole pipeline, `[batch, 2, delays, antennas]` in [0, 1] in and out. Elements that are not selected
   * are masked densely, so that M may differ from sample to sample.
   *
   * @throws CsiFeedbackError `MISSING_ELEMENTS` without `options.elements`.
   */
  forward(channels: tf.Tensor4D, options: ForwardOptions): tf.Tensor4D {
    const { elements } = options;
    const learns = (group: Module) => options.training && !options.frozen?.includes(group);
    if (elements === undefined) {
      throw new CsiFeedbackError(
        "MISSING_ELEMENTS",
        "LlmCsiNet.forward: options.elements must give M for each sample",
      );
    }
    return tf.tidy(() => {
      const [batch, planes, delays, antennas] = channels.shape;
      const mean = tf.mean(channels, [1, 2, 3], true) as tf.Tensor4D;
      const information = () => selfInformationOf(channels, this.configuration.encoder.mask);
      const { image, keys } = this.#encode(channels, mean, information, learns("encoder"));
      const mask = largestMask(tf.reshape(keys, [batch, planes * delays * antennas]), elements);
      const visible: tf.Tensor4D = tf.reshape(mask, channels.shape);
      const received = options.link === undefined ? image : options.link(image);
      const filled = tf.add(tf.mul(visible, received), tf.mul(tf.sub(1, visible), mean)) as tf.Tensor4D;
      return this.#decode({ filled, visible, mean }, learns, options.output);
    });
  }

  /**
   * The user's side: exactly `elements` values per sample, their positions ascending, and the mean. Runs the plain
   * code of `@csi-feedback/ue-encoder` on this network's weights, whatever the engine, so that every user's bytes are
   * the same. Training runs the same arithmetic as a graph, in single precision.
   *
   * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_COUNT`.
   */
  async encode(channels: Float32Array, options: EncodeOptions): Promise<Codeword[]> {
    const { batch } = options;
    assertBatch("LlmCsiNet.encode", channels, batch, this.shape);
    const elements = assertElements("LlmCsiNet.encode", options.elements, elementCount(this.shape));
    const configuration = readUserConfiguration(this.configuration);
    const tensors = await readTensors(this.#parameters, "encoder.");
    const encoder = userEncoder(configuration, readEncoderWeights(configuration, tensors));
    return encoder.encode(channels, { batch, elements });
  }

  /**
   * The base station's side, from whatever values arrive (quantised or not).
   *
   * @returns `[codewords, 2, delays, antennas]` in [0, 1].
   * @throws CsiFeedbackError `INVALID_CODEWORD` for codewords that are not this network's; `INVALID_SHAPE` for none.
   */
  async decode(codewords: readonly Codeword[], options: DecodeOptions = {}): Promise<Float32Array> {
    const batch = codewords.length;
    if (batch === 0) invalid("INVALID_SHAPE", "LlmCsiNet.decode", "at least one codeword is needed", 0);
    const size = this.shape.reduce((product, length) => product * length, 1);
    const filled = new Float32Array(batch * size);
    const visible = new Float32Array(batch * size);
    for (const [sample, codeword] of codewords.entries()) {
      placeElements(
        "LlmCsiNet.decode",
        codeword,
        filled.subarray(sample * size, (sample + 1) * size),
        visible.subarray(sample * size, (sample + 1) * size),
      );
    }
    const output = tf.tidy(() => {
      const shape: [number, number, number, number] = [batch, ...this.shape];
      const known: Visible = {
        filled: tf.tensor4d(filled, shape),
        visible: tf.tensor4d(visible, shape),
        mean: tf.tensor4d(
          Float32Array.from(codewords, ({ mean = 0 }) => mean),
          [batch, 1, 1, 1],
        ),
      };
      return this.#decode(known, () => false, options.output ?? "final");
    });
    try {
      return (await output.data()) as Float32Array;
    } finally {
      output.dispose();
    }
  }

  parameterCount(side: Side): number {
    const parameters = this.#parameters;
    if (side === "bs") return parameters.count("preliminaryDecoder.") + parameters.count("tokenPredictor.");
    return this.#encoder === undefined
      ? 0
      : parameters.count("encoder.") + fixedEncoderScalars(this.configuration);
  }

  async save(extra: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
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

  dispose(): void {
    this.#parameters.dispose();
    this.layers?.dispose();
  }

  #encode(
    channels: tf.Tensor4D,
    mean: tf.Tensor,
    information: () => tf.Tensor3D,
    training: boolean,
  ): EncodedImage {
    if (this.#encoder !== undefined) return this.#encoder(channels, mean, information(), training);
    const [batch, planes, delays, antennas] = channels.shape;
    const keys = tf.tensor4d(randomKeys(planes * delays * antennas), [1, planes, delays, antennas]);
    return { image: channels, keys: tf.tile(keys, [batch, 1, 1, 1]) };
  }

  #decode(known: Visible, learns: (group: Module) => boolean, output: "preliminary" | "final"): tf.Tensor4D {
    const final = output === "final";
    return this.configuration.form === "paper"
      ? this.#decodePaper(known, learns, final)
      : this.#decodeResidual(known, learns, final);
  }

  #decodePaper({ filled }: Visible, learns: (group: Module) => boolean, final: boolean): tf.Tensor4D {
    const { preliminaryDecoder, tokenPredictor } = this.configuration;
    let x = toPlanesLast(filled);
    if (this.#preliminaryDecoder !== undefined) {
      x = this.#preliminaryDecoder(x, learns("preliminaryDecoder"));
      if (preliminaryDecoder.activation === "sigmoid") x = tf.sigmoid(x);
    }
    if (final && this.#tokenPredictor !== undefined) {
      x = this.#tokenPredictor(x, learns("tokenPredictor"));
      if (tokenPredictor.activation === "sigmoid") x = tf.sigmoid(x);
    }
    return toPlanesFirst(x);
  }

  /** Visible elements as they came; each missing one at most tau from the mean. */
  #decodeResidual(known: Visible, learns: (group: Module) => boolean, final: boolean): tf.Tensor4D {
    const tau = smallestVisible(known);
    const features = visibleFeatures(known, tau);
    let estimate: tf.Tensor4D | undefined;
    if (this.#preliminaryDecoder !== undefined)
      estimate = this.#preliminaryDecoder(features, learns("preliminaryDecoder"));
    if (final && this.#tokenPredictor !== undefined) {
      const preliminary =
        estimate ?? tf.zeros([...features.shape.slice(0, 3), 2] as [number, number, number, number]);
      const input = tf.concat([features, tf.tanh(preliminary)], 3) as tf.Tensor4D;
      estimate = tf.add<tf.Tensor4D>(preliminary, this.#tokenPredictor(input, learns("tokenPredictor")));
    }
    if (estimate === undefined) return tf.clone(known.filled);
    const missing = tf.mul(tf.sub(1, known.visible), tau);
    return tf.add(known.filled, tf.mul(missing, tf.tanh(toPlanesFirst(estimate))));
  }
}
