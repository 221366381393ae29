// The self-information encoder f_EN as a tfjs graph: convolution, mask, convolution,
// and the key by which elements are ranked. The plain form for the user equipment
// computes the same from the same weights without tfjs.
import * as tf from "@tensorflow/tfjs-core";
import { batchNorm, convolution, leakyRelu, toPlanesFirst, toPlanesLast } from "../layers";
import type { Parameters } from "../parameters";
import type { LlmCsiNetConfiguration } from "./configuration";
import { maskOf } from "./mask";
import { withoutGradient } from "./selection";

/** The self-information image and the keys, both `[batch, 2, delays, antennas]`. */
export interface EncodedImage {
  readonly image: tf.Tensor4D;
  /** Carries no gradient. */
  readonly keys: tf.Tensor4D;
}

/** `mean` is `[batch, 1, 1, 1]`, `information` `[batch, delays, antennas]` [bit]. */
export type Encoder = (
  channels: tf.Tensor4D,
  mean: tf.Tensor,
  information: tf.Tensor3D,
  training: boolean,
) => EncodedImage;

/**
 * f_EN. Paper form: s = LReLU(BN(conv(mask * LReLU(BN(conv(H)))))). Residual form: s = H + that, with the last
 * normalisation's scale starting at zero, so that s starts as H.
 */
export function encoder(parameters: Parameters, configuration: LlmCsiNetConfiguration): Encoder {
  const { form } = configuration;
  const { channels: features, circular, mask, sortKey } = configuration.encoder;
  const shape = { kernel: [3, 3], bias: true, circular } as const;
  const first = convolution(parameters, "encoder.conv1", { ...shape, inputs: 2, outputs: features });
  const firstNorm = batchNorm(parameters, "encoder.norm1", features);
  const second = convolution(parameters, "encoder.conv2", { ...shape, inputs: features, outputs: 2 });
  const secondNorm = batchNorm(parameters, "encoder.norm2", 2, { gain: form === "residual" ? 0 : 1 });
  return (channels, mean, information, training) => {
    const gate = tf.expandDims(maskOf(information, mask.threshold), 3);
    const x = toPlanesLast(channels);
    const maps = leakyRelu(firstNorm(first(x, training), training));
    const y = leakyRelu(secondNorm(second(tf.mul(maps, gate) as tf.Tensor4D, training), training));
    const image = toPlanesFirst(form === "residual" ? tf.add(x, y) : y);
    const keys = withoutGradient(image, (values) => {
      switch (sortKey) {
        case "value":
          return tf.clone(values);
        case "magnitude":
          return tf.abs(values);
        case "deviation":
          return tf.abs(tf.sub(values, mean));
        case "self-information":
          return tf.tile(tf.expandDims(information, 1), [1, 2, 1, 1]);
      }
    });
    return { image, keys: keys as tf.Tensor4D };
  };
}

/** Scalars of f_EN that are fixed, not learned: the all-ones patch sums and the map from offsets to feature maps. */
export function fixedEncoderScalars({ encoder }: LlmCsiNetConfiguration): number {
  const count = encoder.mask.offsets.length;
  return count * encoder.mask.patch ** 2 + count * encoder.channels;
}
