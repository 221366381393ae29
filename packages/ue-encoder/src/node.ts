/** Opens the user's part of a checkpoint in a file or at a URL without reading the rest. Node only. */
import { openSafetensors } from "@csi-feedback/safetensors/node";
import { readCheckpointHeader } from "./checkpoint-file";
import {
  encoderTensors,
  readEncoderWeights,
  type UserEncoder,
  userConfiguration,
  userEncoder,
} from "./encoder";

/** An encoder, and what reading it took. */
export interface OpenedUserEncoder {
  readonly encoder: UserEncoder;
  /** Bytes transferred: the header and the encoder's tensors. */
  readonly bytesRead: number;
}

/**
 * Reads the header of a checkpoint and the encoder's dozen tensors by ranges, and nothing else.
 *
 * @param source - a path, a URL, or bytes; see `openSafetensors` of `@csi-feedback/safetensors/node`.
 * @throws CsiFeedbackError as `createUserEncoder`, and the reading errors of `openSafetensors`.
 *
 * @example
 * ```ts
 * import { openUserEncoder } from "@csi-feedback/ue-encoder/node";
 *
 * const model = "node_modules/csi-feedback/models/llmcsinet/weights.safetensors";
 * const { encoder, bytesRead } = await openUserEncoder(model);
 * console.log(encoder.shape, bytesRead < 40_000); // [ 2, 32, 32 ] true
 * ```
 */
export async function openUserEncoder(source: string | URL | Uint8Array): Promise<OpenedUserEncoder> {
  const reader = await openSafetensors(source);
  try {
    const configuration = userConfiguration("openUserEncoder", readCheckpointHeader(reader.metadata));
    const names = [...encoderTensors(configuration).keys()].filter((name) => reader.names.has(name));
    const weights = readEncoderWeights(configuration, await reader.read(names));
    return { encoder: userEncoder(configuration, weights), bytesRead: reader.bytesRead };
  } finally {
    await reader.close();
  }
}
