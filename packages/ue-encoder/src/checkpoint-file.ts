// The file of a network, read and checked as far as a file alone can be. What it says of
// the encoder stands in configuration.ts; the networks themselves are in @csi-feedback/networks.
import { CsiFeedbackError } from "@csi-feedback/common";
import { parseSafetensors, type SafeTensor } from "@csi-feedback/safetensors";

/** Version of the form of checkpoint files. */
export const checkpointVersion = "1";

/** Names of a checkpoint's metadata entries. */
export const checkpointKeys = {
  version: "csi-feedback.version",
  network: "csi-feedback.network",
  configuration: "csi-feedback.configuration",
} as const;

/** What a checkpoint file says it is. */
export interface CheckpointHeader {
  readonly network: string;
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** A checkpoint, read and not yet put anywhere. */
export interface Checkpoint extends CheckpointHeader {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  /** Every metadata entry of the file, the ones above included. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * What the metadata of a file say it holds.
 *
 * @throws CsiFeedbackError `NOT_A_CHECKPOINT`, `UNSUPPORTED_CHECKPOINT`.
 */
export function readCheckpointHeader(metadata: Readonly<Record<string, string>>): CheckpointHeader {
  const {
    [checkpointKeys.version]: version,
    [checkpointKeys.network]: network,
    [checkpointKeys.configuration]: json,
  } = metadata;
  if (version === undefined || network === undefined || json === undefined) {
    throw new CsiFeedbackError(
      "NOT_A_CHECKPOINT",
      `parseCheckpoint: the metadata must name ${Object.values(checkpointKeys).join(", ")}, received ${Object.keys(metadata).join(", ") || "none"}`,
    );
  }
  if (version !== checkpointVersion) {
    throw new CsiFeedbackError(
      "UNSUPPORTED_CHECKPOINT",
      `parseCheckpoint: version must be ${checkpointVersion}, received ${version}`,
    );
  }
  let configuration: unknown;
  try {
    configuration = JSON.parse(json);
  } catch (cause) {
    throw new CsiFeedbackError(
      "NOT_A_CHECKPOINT",
      `parseCheckpoint: ${checkpointKeys.configuration} must be JSON`,
      { cause },
    );
  }
  if (typeof configuration !== "object" || configuration === null || Array.isArray(configuration)) {
    throw new CsiFeedbackError(
      "NOT_A_CHECKPOINT",
      `parseCheckpoint: ${checkpointKeys.configuration} must be a JSON object`,
    );
  }
  return { network, configuration: configuration as Record<string, unknown> };
}

/**
 * Reads a checkpoint file.
 *
 * @throws CsiFeedbackError of `@csi-feedback/safetensors` for a damaged file; `NOT_A_CHECKPOINT` for a
 * safetensors file without network name or configuration; `UNSUPPORTED_CHECKPOINT` for another version.
 */
export function parseCheckpoint(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = parseSafetensors(bytes);
  return { ...readCheckpointHeader(metadata), tensors, metadata };
}
