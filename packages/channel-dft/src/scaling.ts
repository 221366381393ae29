// Scaling of angle-delay channels to the range [0, 1] that networks see, with 0.5
// for zero, and back. The scale is returned, so nothing is lost but rounding.
import { assertFinite, assertShape, invalid } from "@csi-feedback/common";
import { type AngleDelayChannels, checkAngleDelay } from "./channels";

/** Channels scaled to [0, 1]; a physical value is `(data - 0.5) * scale`. */
export interface NormalizedChannels extends AngleDelayChannels {
  /** One per sample, or a single one for all. */
  readonly scale: Float32Array;
}

/**
 * Scales channels so that their largest real or imaginary part lands on 0 or 1 and
 * zero lands on 0.5, as in CsiNet's files. An all-zero sample gets the scale 1.
 *
 * @param channels - `[batch, 2, delays, antennas]`.
 * @param options.mode - `"sample"` (default) gives every sample its own scale,
 * `"global"` one scale to the whole batch.
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_ARGUMENT`;
 * `OUT_OF_RANGE` when twice the peak is not a float32.
 *
 * @example
 * ```ts
 * import { denormalize, normalize } from "@csi-feedback/channel-dft";
 *
 * const channels = { data: Float32Array.of(3, -1, 0, 4), shape: [1, 2, 1, 2] as const };
 * const { data, scale, shape } = normalize(channels);
 * console.log([...data], [...scale]); // [ 0.875, 0.375, 0.5, 1 ] [ 8 ]
 * console.log([...denormalize(data, scale, shape).data]); // [ 3, -1, 0, 4 ]
 * ```
 */
export function normalize(
  channels: AngleDelayChannels,
  options: { mode?: "sample" | "global" } = {},
): NormalizedChannels {
  checkAngleDelay("normalize", channels);
  const mode = options.mode ?? "sample";
  if (mode !== "sample" && mode !== "global") {
    invalid("INVALID_ARGUMENT", "normalize", 'mode must be "sample" or "global"', mode);
  }
  const values = channels.data;
  const count = mode === "sample" ? channels.shape[0] : 1;
  const size = count === 0 ? 0 : values.length / count;
  const scale = new Float32Array(count);
  const data = new Float32Array(values.length);
  for (let group = 0; group < count; group++) {
    let peak = 0;
    for (let i = group * size; i < (group + 1) * size; i++) peak = Math.max(peak, Math.abs(values[i]));
    scale[group] = peak === 0 ? 1 : 2 * peak;
    if (!Number.isFinite(scale[group])) {
      invalid("OUT_OF_RANGE", "normalize", "twice the largest value must fit a float32", peak);
    }
    for (let i = group * size; i < (group + 1) * size; i++) data[i] = 0.5 + values[i] / scale[group];
  }
  return { data, shape: channels.shape, scale };
}

/**
 * Undoes {@link normalize}: `(data - 0.5) * scale`. Also for a network's output,
 * which may leave [0, 1].
 *
 * @param data - `[batch, 2, delays, antennas]`.
 * @param scale - one per sample, or one for all.
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`.
 */
export function denormalize(
  data: Float32Array,
  scale: Float32Array,
  shape: AngleDelayChannels["shape"],
): AngleDelayChannels {
  checkAngleDelay("denormalize", { data, shape });
  if (scale.length !== 1) assertShape("denormalize (scale)", scale, [shape[0]]);
  assertFinite("denormalize (scale)", scale);
  const size = scale.length === 1 ? data.length : data.length / scale.length;
  const values = new Float32Array(data.length);
  for (let i = 0; i < values.length; i++) values[i] = (data[i] - 0.5) * scale[Math.floor(i / size)];
  return { data: values, shape };
}
