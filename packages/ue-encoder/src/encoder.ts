// The user's side of LLMCsiNet: a checkpoint's encoder over typed arrays.
import { assertFinite, CsiFeedbackError, invalid } from "@csi-feedback/common";
import { encodeSafetensors, type SafeTensor, toFloat32 } from "@csi-feedback/safetensors";
import { informationMask, selfInformation } from "@csi-feedback/self-information";
import { type CheckpointHeader, parseCheckpoint } from "./checkpoint-file";
import { readUserConfiguration, type UserConfiguration } from "./configuration";
import {
  assertBatch,
  assertElements,
  meanOf,
  randomKeys,
  rankingKeys,
  type SparseCodeword,
  selectElements,
} from "./elements";
import { type EncoderWeights, type FoldedWeights, foldWeights, selfInformationImage } from "./image";

/** What is to be encoded. */
export interface UserEncodeOptions {
  /** Samples in the channels. */
  readonly batch: number;
  /** Elements to keep (M). */
  readonly elements: number;
}

/** The encoder f_EN of one network, ready to run. */
export interface UserEncoder {
  /** Shape of one channel sample. */
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  /**
   * One codeword per sample of `[batch, 2, delays, antennas]` in [0, 1]: what `LlmCsiNet.encode` gives, bit for bit,
   * because it runs this very code.
   *
   * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_COUNT`.
   */
  encode(channels: Float32Array, options: UserEncodeOptions): SparseCodeword[];
}

/** Names and shapes of the encoder's tensors. */
export function encoderTensors({ encodes, encoder: { channels } }: UserConfiguration): Map<string, number[]> {
  if (!encodes) return new Map();
  const side = (index: 1 | 2, inputs: number, outputs: number): [string, number[]][] => [
    [`encoder.conv${index}.weight`, [outputs, inputs, 3, 3]],
    [`encoder.conv${index}.bias`, [outputs]],
    ...["weight", "bias", "running_mean", "running_var"].map((field): [string, number[]] => [
      `encoder.norm${index}.${field}`,
      [outputs],
    ]),
  ];
  return new Map([...side(1, 2, channels), ...side(2, channels, 2)]);
}

/** The user's configuration of a checkpoint of LLMCsiNet, or of IdasNet, which has the same encoder. */
export function userConfiguration(
  functionName: string,
  { network, configuration }: CheckpointHeader,
): UserConfiguration {
  if (network !== "llmcsinet" && network !== "idasnet") {
    const rule = "the checkpoint must hold llmcsinet or idasnet";
    invalid("CHECKPOINT_MISMATCH", functionName, rule, network);
  }
  return readUserConfiguration(configuration);
}

/**
 * Cuts the user's part out of a checkpoint: a file of about 12 KB that {@link createUserEncoder} takes as well.
 *
 * @throws CsiFeedbackError `NOT_A_CHECKPOINT`, `UNSUPPORTED_CHECKPOINT`, `CHECKPOINT_MISMATCH`,
 * `INVALID_CONFIGURATION`, or an error of `@csi-feedback/safetensors` for a damaged file.
 */
export function extractUserEncoder(checkpoint: Uint8Array): Uint8Array {
  const parsed = parseCheckpoint(checkpoint);
  const names = encoderTensors(userConfiguration("extractUserEncoder", parsed));
  return encodeSafetensors(
    [...parsed.tensors].filter(([name]) => names.has(name)),
    parsed.metadata,
  );
}

/**
 * The encoder of a checkpoint, whole or cut out by {@link extractUserEncoder}.
 *
 * @throws CsiFeedbackError as {@link extractUserEncoder}; `CHECKPOINT_MISMATCH` naming the tensor that is missing
 * or of another shape, `NOT_FINITE`, `INVALID_CONFIGURATION`.
 */
export function createUserEncoder(checkpoint: Uint8Array): UserEncoder {
  const parsed = parseCheckpoint(checkpoint);
  const configuration = userConfiguration("createUserEncoder", parsed);
  return userEncoder(configuration, readEncoderWeights(configuration, parsed.tensors));
}

/**
 * An encoder from its settings and weights; `undefined` weights for the ablation without one.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` for settings of the mask that self-information does not know.
 */
export function userEncoder(
  configuration: UserConfiguration,
  weights: EncoderWeights | undefined,
): UserEncoder {
  const { delays, antennas } = configuration;
  const folded = weights && foldWeights(weights);
  return {
    shape: [2, delays, antennas],
    encode: (channels, options) => encode(configuration, folded, channels, options),
  };
}

function encode(
  { delays, antennas, form, encoder: { mask: settings, sortKey, circular } }: UserConfiguration,
  weights: FoldedWeights | undefined,
  channels: Float32Array,
  { batch, elements }: UserEncodeOptions,
): SparseCodeword[] {
  assertBatch("UserEncoder.encode", channels, batch, [2, delays, antennas]);
  const size = delays * antennas;
  const count = assertElements("UserEncoder.encode", elements, 2 * size);
  return Array.from({ length: batch }, (_, sample) => {
    const part = channels.subarray(2 * sample * size, 2 * (sample + 1) * size);
    const mean = meanOf(part);
    if (weights === undefined) return selectElements(part, randomKeys(2 * size), mean, count);
    const bits = selfInformation(part, [1, 2, delays, antennas], settings);
    const mask = informationMask(bits, [1, delays, antennas], settings.threshold);
    const image = selfInformationImage(part, mask, weights, { delays, antennas, circular });
    if (form === "residual") for (let i = 0; i < image.length; i++) image[i] += part[i];
    return selectElements(image, rankingKeys(image, mean, bits, sortKey), mean, count);
  });
}

/**
 * The encoder's weights among the tensors of a checkpoint, or nothing for a network without encoder.
 *
 * @throws CsiFeedbackError `CHECKPOINT_MISMATCH` naming the tensor, `NOT_FINITE`, `DTYPE_NOT_FLOAT`.
 */
export function readEncoderWeights(
  configuration: UserConfiguration,
  tensors: ReadonlyMap<string, SafeTensor>,
): EncoderWeights | undefined {
  if (!configuration.encodes) return undefined;
  const values = new Map<string, Float32Array>();
  for (const [name, shape] of encoderTensors(configuration)) {
    const tensor = tensors.get(name);
    if (tensor === undefined || tensor.shape.join() !== shape.join()) {
      const received = tensor === undefined ? "nothing" : `[${tensor.shape.join(", ")}]`;
      throw new CsiFeedbackError(
        "CHECKPOINT_MISMATCH",
        `createUserEncoder: tensor ${name} must be [${shape.join(", ")}], received ${received}`,
      );
    }
    const numbers = toFloat32(name, tensor);
    assertFinite(`createUserEncoder (tensor ${name})`, numbers);
    values.set(name, numbers);
  }
  const side = (index: 1 | 2) => {
    const read = (name: string) => values.get(`encoder.${name}`) as Float32Array;
    const [gain, bias, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((field) =>
      read(`norm${index}.${field}`),
    );
    return {
      kernel: read(`conv${index}.weight`),
      bias: read(`conv${index}.bias`),
      norm: { gain, bias, mean, variance },
    };
  };
  return { first: side(1), second: side(2) };
}
