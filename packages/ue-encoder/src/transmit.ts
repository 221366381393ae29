// From channels to bytes on air: the encoder, then the frames of @csi-feedback/codec.
import { encodeReport, type FrameConfiguration } from "@csi-feedback/codec";
import { assertShape, CsiFeedbackError } from "@csi-feedback/common";
import type { UserEncoder } from "./encoder";

/**
 * One frame for each sample of `[scales.length, 2, delays, antennas]` in [0, 1].
 *
 * @param scales - physical scale of each sample; sent where the configuration has bits for it.
 * @param configuration - of the frames; its `elements` say how many are kept.
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_COUNT`; `MISSING_ELEMENTS` for a configuration
 * that does not fix M; and those of `encodeReport`.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { ScalarQuantizer } from "@csi-feedback/codec";
 * import { createUserEncoder, transmit } from "@csi-feedback/ue-encoder";
 *
 * const model = "node_modules/csi-feedback/models/llmcsinet";
 * const encoder = createUserEncoder(await readFile(`${model}/weights.safetensors`));
 * const quantizers = JSON.parse(await readFile(`${model}/quantizers.json`, "utf8"));
 * const quantizer = new ScalarQuantizer(quantizers.network["1/64"]);
 * const channel = Float32Array.from({ length: 2048 }, (_, i) => 0.5 + 0.3 * Math.sin(i * i) * Math.exp(-i / 200));
 * const [frame] = transmit(encoder, channel, [1], { shape: encoder.shape, elements: 28, quantizer, scaleBits: 16 });
 * console.log(frame.length); // 61
 * ```
 */
export function transmit(
  encoder: UserEncoder,
  channels: Float32Array,
  scales: ArrayLike<number>,
  configuration: FrameConfiguration,
): Uint8Array[] {
  const { elements } = configuration;
  if (elements === undefined) {
    throw new CsiFeedbackError(
      "MISSING_ELEMENTS",
      "transmit: the frames' configuration must fix the elements kept",
    );
  }
  assertShape("transmit", channels, [scales.length, ...encoder.shape]);
  return encoder
    .encode(channels, { batch: scales.length, elements })
    .map((codeword, sample) => encodeReport({ ...codeword, scale: scales[sample] }, configuration));
}
