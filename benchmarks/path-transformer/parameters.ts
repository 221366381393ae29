// Learned numbers of the networks of this folder that live in memory only, drawn in the order in which they are made.
import type { RandomStream } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";

/** The parameters of one network. */
export class Parameters {
  readonly variables: tf.Variable[] = [];
  readonly #random: RandomStream;

  constructor(random: RandomStream) {
    this.#random = random;
  }

  /** Learned numbers so far. */
  get count(): number {
    return this.variables.reduce((sum, { size }) => sum + size, 0);
  }

  /** Normal numbers of a standard deviation. */
  variable(shape: number[], deviation: number): tf.Variable {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = Float32Array.from({ length: size }, () => deviation * this.#random.normal());
    const variable = tf.variable(tf.tensor(values, shape));
    this.variables.push(variable);
    return variable;
  }

  /** A convolution that keeps the level of rectified maps, times `gain`. */
  convolution(
    inputs: number,
    outputs: number,
    side: number,
    { gain = 1, stride = 1 } = {},
  ): (x: tf.Tensor4D) => tf.Tensor4D {
    const deviation = gain * Math.sqrt(2 / (side * side * inputs));
    const weight = this.variable([side, side, inputs, outputs], deviation) as unknown as tf.Tensor4D;
    const bias = this.variable([outputs], 0);
    return (x) => tf.add(tf.conv2d(x, weight, stride, "same"), bias);
  }
}
