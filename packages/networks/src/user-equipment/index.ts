// The user's side of LLMCsiNet alone: typed arrays, no tfjs, no decoder, no transformer
// layers. Gives the codewords of LlmCsiNet.encode.
import { assertFinite, CsiFeedbackError, invalid } from "@csi-feedback/common";
import { encodeSafetensors, type SafeTensor, toFloat32 } from "@csi-feedback/safetensors";
import { informationMask, selfInformation } from "@csi-feedback/self-information";
import { type Checkpoint, parseCheckpoint } from "../checkpoint-file";
import { assertBatch, assertElements, meanOf, randomKeys, rankingKeys, selectElements } from "../elements";
import { type LlmCsiNetConfiguration, resolveConfiguration } from "../llmcsinet/configuration";
import type { Codeword, EncodeOptions } from "../network";
import { type EncoderWeights, selfInformationImage } from "./image";

export type { Codeword, EncodeOptions } from "../network";

const TENSORS = /^encoder\.(conv|norm)[12]\./;

/** The encoder f_EN of one network, ready to run. */
export interface UserEncoder {
  /** Shape of one channel sample. */
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  /** Exactly what `LlmCsiNet.encode` gives: one codeword per sample of `[batch, 2, delays, antennas]` in [0, 1]. */
  encode(channels: Float32Array, options: EncodeOptions): Codeword[];
}

/** A checkpoint of LLMCsiNet, or of IdasNet, which has the same encoder. */
function readCheckpoint(functionName: string, bytes: Uint8Array): Checkpoint {
  const checkpoint = parseCheckpoint(bytes);
  if (checkpoint.network !== "llmcsinet" && checkpoint.network !== "idasnet") {
    const rule = "the checkpoint must hold llmcsinet or idasnet";
    invalid("CHECKPOINT_MISMATCH", functionName, rule, checkpoint.network);
  }
  return checkpoint;
}

/**
 * Cuts the user's part out of a checkpoint: a file of about 12 KB that {@link createUserEncoder} takes as well.
 *
 * @throws CsiFeedbackError `NOT_A_CHECKPOINT`, `UNSUPPORTED_CHECKPOINT`, `CHECKPOINT_MISMATCH`, or an error of
 * `@csi-feedback/safetensors` for a damaged file.
 */
export function extractUserEncoder(checkpoint: Uint8Array): Uint8Array {
  const { tensors, metadata } = readCheckpoint("extractUserEncoder", checkpoint);
  return encodeSafetensors(
    [...tensors].filter(([name]) => TENSORS.test(name)),
    metadata,
  );
}

/**
 * The encoder of a checkpoint, whole or cut out by {@link extractUserEncoder}.
 *
 * @throws CsiFeedbackError as {@link extractUserEncoder}; `CHECKPOINT_MISMATCH` naming the tensor that is missing
 * or of another shape, `NOT_FINITE`, `INVALID_CONFIGURATION`.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * import { createLlmCsiNet } from "@csi-feedback/networks";
 * import { createUserEncoder, extractUserEncoder } from "@csi-feedback/networks/user-equipment";
 *
 * const network = createLlmCsiNet({ layers: { width: 16, heads: 2, depth: 1 } });
 * const encoder = createUserEncoder(extractUserEncoder(await network.save()));
 * const channel = Float32Array.from({ length: 2048 }, (_, i) => 0.5 + 0.4 * Math.sin(i * i));
 * const [codeword] = encoder.encode(channel, { batch: 1, elements: 56 });
 * console.log(codeword.values.length, codeword.positions.length); // 56 56
 * ```
 */
export function createUserEncoder(checkpoint: Uint8Array): UserEncoder {
  const { tensors, configuration: stored } = readCheckpoint("createUserEncoder", checkpoint);
  const configuration = resolveConfiguration(stored);
  const { delays, antennas, without } = configuration;
  const weights = without.includes("encoder") ? undefined : readWeights(configuration, tensors);
  return {
    shape: [2, delays, antennas],
    encode: (channels, options) => encode(configuration, weights, channels, options),
  };
}

function encode(
  configuration: LlmCsiNetConfiguration,
  weights: EncoderWeights | undefined,
  channels: Float32Array,
  { batch, elements }: EncodeOptions,
): Codeword[] {
  const { delays, antennas, form } = configuration;
  const { mask: settings, sortKey, circular } = configuration.encoder;
  assertBatch("UserEncoder.encode", channels, batch, [2, delays, antennas]);
  const size = delays * antennas;
  const count = assertElements("UserEncoder.encode", elements, 2 * size);
  const information = selfInformation(channels, [batch, 2, delays, antennas], settings);
  const mask = informationMask(information, [batch, delays, antennas], settings.threshold);
  return Array.from({ length: batch }, (_, sample) => {
    const part = channels.subarray(2 * sample * size, 2 * (sample + 1) * size);
    const mean = meanOf(part);
    if (weights === undefined) return selectElements(part, randomKeys(2 * size), mean, count);
    const gate = mask.subarray(sample * size, (sample + 1) * size);
    const image = selfInformationImage(part, gate, weights, { delays, antennas, circular });
    if (form === "residual") for (let i = 0; i < image.length; i++) image[i] += part[i];
    const bits = information.subarray(sample * size, (sample + 1) * size);
    return selectElements(image, rankingKeys(image, mean, bits, sortKey), mean, count);
  });
}

function readWeights(
  { encoder }: LlmCsiNetConfiguration,
  tensors: ReadonlyMap<string, SafeTensor>,
): EncoderWeights {
  const features = encoder.channels;
  const read = (name: string, shape: readonly number[]): Float32Array => {
    const tensor = tensors.get(`encoder.${name}`);
    if (tensor === undefined || tensor.shape.join() !== shape.join()) {
      const received = tensor === undefined ? "nothing" : `[${tensor.shape.join(", ")}]`;
      throw new CsiFeedbackError(
        "CHECKPOINT_MISMATCH",
        `createUserEncoder: tensor encoder.${name} must be [${shape.join(", ")}], received ${received}`,
      );
    }
    const values = toFloat32(name, tensor);
    assertFinite(`createUserEncoder (tensor encoder.${name})`, values);
    return values;
  };
  const side = (index: 1 | 2, inputs: number, outputs: number) => {
    const [gain, bias, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((field) =>
      read(`norm${index}.${field}`, [outputs]),
    );
    return {
      kernel: read(`conv${index}.weight`, [outputs, inputs, 3, 3]),
      bias: read(`conv${index}.bias`, [outputs]),
      norm: { gain, bias, mean, variance },
    };
  };
  return { first: side(1, 2, features), second: side(2, features, 2) };
}
