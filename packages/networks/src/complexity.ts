// Multiply-accumulates of a network, counted from the operations it really runs for one
// sample. Convolutions and matrix products count; normalisation, activations and the
// comparisons of the self-information estimate do not, as is usual for these networks.
import * as tf from "@tensorflow/tfjs-core";
import type { FeedbackNetwork, Side } from "./network";

/** Cost of one end of the link for one sample. */
export interface Complexity {
  /** Parameters, moving statistics not counted. */
  readonly parameters: number;
  /** Multiply-accumulates; often printed as "FLOPs", though each is two operations. */
  readonly multiplyAccumulates: number;
}

type Shape = readonly number[];

const product = (shape: Shape) => shape.reduce((result, size) => result * size, 1);

/** Multiply-accumulates of a kernel from its input and output shapes; kernels that are not listed count none. */
const costs: Readonly<Record<string, (inputs: readonly Shape[], output: Shape) => number>> = {
  Conv2D: ([, [height, width, channels]], output) => product(output) * height * width * channels,
  DepthwiseConv2dNative: ([, [height, width]], output) => product(output) * height * width,
  // The inner dimension is what the first operand has beside batch and rows, transposed or not.
  BatchMatMul: ([a], output) => product(output) * (product(a) / product(output.slice(0, -1))),
};

/**
 * Parameters and multiply-accumulates of both ends of the link, traced on the current backend: the base station's while
 * one sample is decoded, the user's as what the whole pipeline takes beyond that. LLMCsiNet's plain encoder computes
 * feature maps only where its mask is 1, a quarter of what is counted here.
 *
 * @param elements - M, for networks that select elements. Default 1: M does not change the count.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * import { createCrNet, measureComplexity } from "@csi-feedback/networks";
 *
 * const network = createCrNet({ codeword: 512 });
 * const { ue, bs } = await measureComplexity(network);
 * console.log(ue.multiplyAccumulates + bs.multiplyAccumulates); // 5122048
 * ```
 */
export async function measureComplexity(
  network: FeedbackNetwork,
  elements = 1,
): Promise<Record<Side, Complexity>> {
  const sample = new Float32Array(product(network.shape)).fill(0.5);
  const codewords = await network.encode(sample, { batch: 1, elements });
  const decoder = await countMultiplyAccumulates(() => network.decode(codewords));
  const pipeline = await countMultiplyAccumulates(async () => {
    const output = tf.tidy(() =>
      network.forward(tf.tensor4d(sample, [1, ...network.shape]), {
        training: false,
        output: "final",
        elements: tf.tensor1d([elements]),
      }),
    );
    await output.data();
    output.dispose();
  });
  return {
    ue: { parameters: network.parameterCount("ue"), multiplyAccumulates: pipeline - decoder },
    bs: { parameters: network.parameterCount("bs"), multiplyAccumulates: decoder },
  };
}

/** Multiply-accumulates of everything that `run` computes on the current backend. */
export async function countMultiplyAccumulates(run: () => Promise<unknown>): Promise<number> {
  // The profiler wants a container of tensors as the result; these runs return plain arrays and leave none behind.
  const { kernels } = await tf.profile(async () => {
    await run();
    return [] as tf.Tensor[];
  });
  return kernels.reduce((sum, { name, inputShapes, outputShapes }) => {
    const cost = costs[name];
    return cost === undefined ? sum : sum + cost(inputShapes as Shape[], outputShapes[0] as Shape);
  }, 0);
}
