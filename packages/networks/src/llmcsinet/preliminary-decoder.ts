// The preliminary decoder f_PD in its two forms: the paper's refine blocks over K, and
// a small residual network that predicts only the elements that were not fed back.
import * as tf from "@tensorflow/tfjs-core";
import { type BatchNormOptions, batchNorm, convolution, type Layer, leakyRelu } from "../layers";
import type { Parameters } from "../parameters";
import type { LlmCsiNetConfiguration } from "./configuration";

/**
 * The paper's f_PD: refine blocks of three 3 x 3 convolutions (2 to 8 to 16 to 2 maps) whose input is added before
 * the last activation, then a 3 x 3 convolution. "Concatenated" in the text must mean added: only then are there
 * the 3,362 parameters of Table IV. NHWC in and out, before the last activation.
 */
export function paperPreliminaryDecoder(
  parameters: Parameters,
  prefix: string,
  { channels, blocks, kernel, circular }: LlmCsiNetConfiguration["preliminaryDecoder"],
  normalization: BatchNormOptions = {},
): Layer {
  const shape = { kernel: [kernel, kernel], bias: true, circular } as const;
  const widths = [2, channels, 2 * channels, 2];
  const refine = Array.from({ length: blocks }, (_, block) =>
    [0, 1, 2].map((step) => {
      const name = `${prefix}.refine.${block}`;
      const [inputs, outputs] = widths.slice(step);
      const layer = convolution(parameters, `${name}.conv${step}`, { ...shape, inputs, outputs });
      return { layer, norm: batchNorm(parameters, `${name}.norm${step}`, outputs, normalization) };
    }),
  );
  const last = convolution(parameters, `${prefix}.conv`, { ...shape, inputs: 2, outputs: 2 });
  return (input, training) => {
    let x = input;
    for (const steps of refine) {
      let y = x;
      for (const [step, { layer, norm }] of steps.entries()) {
        y = norm(layer(y, training), training);
        y = leakyRelu(step === 2 ? tf.add(y, x) : y);
      }
      x = y;
    }
    return last(x, training);
  };
}

/**
 * The residual form's f_PD: from {@link visibleFeatures} to one unbounded number per element and plane, zero before
 * any training. NHWC.
 */
export function residualPreliminaryDecoder(
  parameters: Parameters,
  prefix: string,
  inputs: number,
  { channels, blocks, kernel, circular }: LlmCsiNetConfiguration["preliminaryDecoder"],
): Layer {
  const side = { kernel: [kernel, kernel], bias: true, circular } as const;
  const small = { kernel: [3, 3], bias: true, circular } as const;
  const first = convolution(parameters, `${prefix}.conv`, { ...side, inputs, outputs: channels });
  const residual = Array.from({ length: blocks }, (_, block) => {
    const name = `${prefix}.block.${block}`;
    const maps = { inputs: channels, outputs: channels };
    return {
      widen: convolution(parameters, `${name}.conv0`, { ...side, ...maps }),
      narrow: convolution(parameters, `${name}.conv1`, { ...small, ...maps, start: "zero" }),
    };
  });
  const last = convolution(parameters, `${prefix}.output`, {
    ...small,
    inputs: channels,
    outputs: 2,
    start: "zero",
  });
  return (input, training) => {
    let x = first(input, training);
    for (const { widen, narrow } of residual) {
      const y = leakyRelu(widen(leakyRelu(x), training));
      x = tf.add(x, narrow(y, training));
    }
    return last(leakyRelu(x), training);
  };
}
