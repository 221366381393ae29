// The optimiser of the networks of this folder.
import * as tf from "@tensorflow/tfjs-core";

/** Adam, with gradients clipped at a norm of 1. */
export class Adam {
  readonly #variables: readonly tf.Variable[];
  readonly #moments: tf.Tensor[][];
  readonly #epsilon: number;
  #updates = 0;

  constructor(variables: readonly tf.Variable[], epsilon = 1e-7) {
    this.#variables = variables;
    this.#epsilon = epsilon;
    this.#moments = variables.map(({ shape }) => [tf.keep(tf.zeros(shape)), tf.keep(tf.zeros(shape))]);
  }

  async step(loss: () => tf.Scalar, rate: number): Promise<number> {
    this.#updates++;
    const report = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss, [...this.#variables]);
      const gradients = this.#variables.map(({ name }) => grads[name]);
      const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
      const clip = tf.minimum(tf.scalar(1), tf.div(tf.scalar(1), norm));
      const size = tf.scalar((rate * Math.sqrt(1 - 0.99 ** this.#updates)) / (1 - 0.9 ** this.#updates));
      for (const [i, variable] of this.#variables.entries()) {
        const gradient = tf.mul(gradients[i], clip);
        const [first, second] = this.#moments[i];
        const next = [
          tf.add(tf.mul(first, tf.scalar(0.9)), tf.mul(gradient, tf.scalar(0.1))),
          tf.add(tf.mul(second, tf.scalar(0.99)), tf.mul(tf.square(gradient), tf.scalar(0.01))),
        ];
        const change = tf.div(tf.mul(next[0], size), tf.add(tf.sqrt(next[1]), tf.scalar(this.#epsilon)));
        variable.assign(tf.sub(variable, change));
        for (const moment of this.#moments[i]) moment.dispose();
        this.#moments[i] = next.map((moment) => tf.keep(moment));
      }
      return value;
    });
    const [value] = await report.data();
    report.dispose();
    return value;
  }
}

/** Learning rate at a share of the training: linear warm-up, then a cosine to 2 % of the peak. */
export function rateAt(progress: number, peak: number): number {
  return peak * Math.min(1, progress / 0.05) * (0.02 + 0.49 * (1 + Math.cos(Math.PI * progress)));
}
