// A small checkpoint for the tests: random encoder weights, and a decoder's tensor that
// nobody may read.
import { randomStream } from "@csi-feedback/common";
import { encodeSafetensors, type SafeTensor } from "@csi-feedback/safetensors";
import { checkpointKeys, checkpointVersion } from "./checkpoint-file";

/** Sizes of {@link smallCheckpoint}. */
export const small = { delays: 8, antennas: 12, features: 5 } as const;

/** A checkpoint whose metadata and tensors may be replaced. */
export function smallCheckpoint(
  options: {
    readonly configuration?: Record<string, unknown>;
    readonly metadata?: Record<string, string>;
    readonly tensors?: Record<string, SafeTensor | undefined>;
  } = {},
): Uint8Array {
  const stream = randomStream(3);
  const { delays, antennas, features } = small;
  const draw = (shape: number[], offset = 0): SafeTensor => ({
    dtype: "F32",
    shape,
    data: Float32Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      () => offset + 0.2 * stream.normal(),
    ),
  });
  const tensors: Record<string, SafeTensor | undefined> = {};
  for (const [index, inputs, outputs] of [
    [1, 2, features],
    [2, features, 2],
  ]) {
    tensors[`encoder.conv${index}.weight`] = draw([outputs, inputs, 3, 3]);
    tensors[`encoder.conv${index}.bias`] = draw([outputs]);
    tensors[`encoder.norm${index}.weight`] = draw([outputs], 1);
    tensors[`encoder.norm${index}.bias`] = draw([outputs]);
    tensors[`encoder.norm${index}.running_mean`] = draw([outputs]);
    tensors[`encoder.norm${index}.running_var`] = draw([outputs], 2);
  }
  tensors["tokenPredictor.layers.h.0.attn.c_attn.weight"] = draw([200, 300]);
  Object.assign(tensors, options.tensors);
  return encodeSafetensors(
    Object.entries(tensors).filter((entry): entry is [string, SafeTensor] => entry[1] !== undefined),
    {
      [checkpointKeys.version]: checkpointVersion,
      [checkpointKeys.network]: "llmcsinet",
      [checkpointKeys.configuration]: JSON.stringify({
        form: "residual",
        delays,
        antennas,
        encoder: { channels: features },
        ...options.configuration,
      }),
      ...options.metadata,
    },
  );
}

/** Random samples `[batch, 2, delays, antennas]` in [0, 1]. */
export function randomSamples(seed: number, batch: number): Float32Array {
  const stream = randomStream(seed);
  const length = batch * 2 * small.delays * small.antennas;
  return Float32Array.from({ length }, () => Math.min(1, Math.max(0, 0.5 + 0.15 * stream.normal())));
}
