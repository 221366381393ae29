// Adam and AdamW over all parameters at once. Everything that changes from step to
// step is a tensor, so that step t + 1 is the same graph as step t.
import { invalid } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";

/** Settings of {@link AdamOptimizer}. */
export interface AdamOptions {
  /** Decay of the first moment; 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the second moment; 0.999 by default. */
  readonly beta2?: number;
  /** Added to the root of the second moment; 1e-8 by default. */
  readonly epsilon?: number;
  /** Decoupled weight decay (AdamW); 0 by default, which is plain Adam. */
  readonly weightDecay?: number;
}

/**
 * Adam, or AdamW with `weightDecay`. Moments are stored divided by `1 - beta`, which
 * saves two passes over the parameters a step; the updates are those of the usual form.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs-core";
 * import { AdamOptimizer, registerOnnxruntimeBackend } from "@csi-feedback/tfjs-backend-onnxruntime";
 *
 * await registerOnnxruntimeBackend();
 * await tf.setBackend("onnxruntime");
 * const weight = tf.variable(tf.scalar(3));
 * const optimizer = new AdamOptimizer([weight]);
 * for (let step = 0; step < 100; step++) {
 *   const loss = optimizer.minimize(() => tf.square(weight) as tf.Scalar, 0.1);
 *   await loss.data();
 *   loss.dispose();
 * }
 * console.log(Math.abs((await weight.data())[0]) < 0.2); // true
 * ```
 */
export class AdamOptimizer {
  /** Updates made so far. */
  updates = 0;
  /** First moments divided by `1 - beta1`, in the order of the parameters. */
  readonly first: readonly tf.Variable[];
  /** Second moments divided by `1 - beta2`, in the order of the parameters. */
  readonly second: readonly tf.Variable[];
  readonly #settings: Required<AdamOptions>;

  constructor(
    readonly parameters: readonly tf.Variable[],
    options: AdamOptions = {},
  ) {
    this.#settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, ...options };
    const zeros = () => parameters.map(({ shape }) => tf.tidy(() => tf.variable(tf.zeros(shape), false)));
    this.first = zeros();
    this.second = zeros();
  }

  /**
   * One step: computes the loss and its gradients, updates the parameters. Nothing runs until
   * something is read.
   *
   * @param loss the loss, computed from the parameters
   * @param learningRate step size
   * @returns the loss before the update
   */
  minimize(loss: () => tf.Scalar, learningRate: number): tf.Scalar {
    return tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss, [...this.parameters]);
      const gradients = this.parameters.map(({ name }) => grads[name]!);
      this.applyGradients(gradients, learningRate);
      return value;
    });
  }

  /**
   * Updates the parameters.
   *
   * @param gradients one for every parameter, of its shape
   * @param learningRate step size
   */
  applyGradients(gradients: readonly tf.Tensor[], learningRate: number): void {
    if (gradients.length !== this.parameters.length) {
      const rule = `gradients must be as many as the ${this.parameters.length} parameters`;
      invalid("GRADIENT_COUNT", "AdamOptimizer.applyGradients", rule, gradients.length);
    }
    const { beta1, beta2, epsilon, weightDecay } = this.#settings;
    this.updates++;
    const spread = Math.sqrt((1 - beta2 ** this.updates) / (1 - beta2));
    const rate = (learningRate * spread * (1 - beta1)) / (1 - beta1 ** this.updates);
    tf.tidy(() => {
      const step = tf.scalar(rate);
      const guard = tf.scalar(epsilon * spread);
      const kept = weightDecay > 0 ? tf.scalar(1 - learningRate * weightDecay) : undefined;
      for (const [index, parameter] of this.parameters.entries()) {
        const [gradient, first, second] = [gradients[index]!, this.first[index]!, this.second[index]!];
        first.assign(tf.add(tf.mul(first, beta1), gradient));
        second.assign(tf.add(tf.mul(second, beta2), tf.square(gradient)));
        const change = tf.div(tf.mul(first, step), tf.add(tf.sqrt(second), guard));
        parameter.assign(tf.sub(kept === undefined ? parameter : tf.mul(parameter, kept), change));
      }
    });
  }

  /** Frees the moments; the parameters are not touched. */
  dispose(): void {
    tf.dispose([...this.first, ...this.second]);
  }
}
