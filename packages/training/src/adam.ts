// Adam over all trained parameters of a network, composed of core operations so
// that it becomes part of the step's graph on a lazy engine. Rates enter as
// tensors: the graph of step t is that of step t + 1.
import * as tf from "@tensorflow/tfjs-core";
import type { Plan } from "./options";
import { disposeSnapshot, type Snapshot } from "./parameters";

/** One trained variable. */
export interface TrainedParameter {
  readonly name: string;
  readonly group: string;
  readonly variable: tf.Variable;
}

/** The optimizer's state: moments, optional averages, number of updates made. */
export class Adam {
  /** Updates made so far. */
  updates = 0;
  /** First moments, divided by `1 - beta1`. */
  readonly first: Snapshot = new Map();
  /** Second moments, divided by `1 - beta2`. */
  readonly second: Snapshot = new Map();
  /** Exponential moving averages of the trained parameters; empty when averaging is off. */
  readonly averages: Snapshot = new Map();
  readonly #settings: Plan["optimizer"];
  readonly #parameters: readonly TrainedParameter[];

  constructor(parameters: readonly TrainedParameter[], settings: Plan["optimizer"]) {
    this.#parameters = parameters;
    this.#settings = settings;
    for (const { name, variable } of parameters) {
      this.first.set(name, tf.keep(tf.zeros(variable.shape)));
      this.second.set(name, tf.keep(tf.zeros(variable.shape)));
      if (settings.averagingDecay !== undefined) this.averages.set(name, tf.keep(tf.clone(variable)));
    }
  }

  /**
   * Updates every parameter. Call inside `tf.tidy`. `gradients` in the order of the parameters,
   * `squaredNorm` that of all of them together, `rates` per group.
   */
  apply(
    gradients: readonly tf.Tensor[],
    squaredNorm: tf.Scalar,
    rates: Readonly<Record<string, number>>,
  ): void {
    const { beta1, beta2, epsilon, weightDecay, clipNorm, averagingDecay } = this.#settings;
    this.updates++;
    // With m = (1 - b1) M and v = (1 - b2) V, p -= rate * (m / c1) / (sqrt(v / c2) + eps) needs two passes
    // less over the parameters in M and V, which are what is stored.
    const spread = Math.sqrt((1 - beta2 ** this.updates) / (1 - beta2));
    const scale = (spread * (1 - beta1)) / (1 - beta1 ** this.updates);
    const scaledEpsilon = tf.scalar(epsilon * spread);
    const groupRates = new Map(
      Object.entries(rates).map(([group, rate]) => [group, tf.scalar(rate * scale)]),
    );
    const groupDecays = new Map(
      Object.entries(rates).map(([group, rate]) => [group, tf.scalar(1 - rate * weightDecay)]),
    );
    // One tensor for each number: a number in an operation becomes a tensor of its own.
    const one = tf.scalar(1);
    const [keep1, keep2] = [tf.scalar(beta1), tf.scalar(beta2)];
    const clip =
      clipNorm === undefined
        ? undefined
        : tf.minimum(one, tf.div(tf.scalar(clipNorm), tf.maximum(tf.sqrt(squaredNorm), tf.scalar(1e-12))));
    const takeAverage = tf.scalar(1 - (averagingDecay ?? 0));
    for (const [i, { name, group, variable }] of this.#parameters.entries()) {
      const gradient = clip === undefined ? gradients[i] : tf.mul(gradients[i], clip);
      const first = tf.add(tf.mul(this.first.get(name)!, keep1), gradient);
      const second = tf.add(tf.mul(this.second.get(name)!, keep2), tf.square(gradient));
      const change = tf.div(tf.mul(first, groupRates.get(group)!), tf.add(tf.sqrt(second), scaledEpsilon));
      const decayed =
        weightDecay > 0 && variable.rank > 1 ? tf.mul(variable, groupDecays.get(group)!) : variable;
      variable.assign(tf.sub(decayed, change));
      replace(this.first, name, first);
      replace(this.second, name, second);
      if (averagingDecay !== undefined) {
        const average = this.averages.get(name)!;
        replace(this.averages, name, tf.add(average, tf.mul(tf.sub(variable, average), takeAverage)));
      }
    }
  }

  dispose(): void {
    for (const snapshot of [this.first, this.second, this.averages]) disposeSnapshot(snapshot);
  }
}

/** Puts a new tensor in a snapshot and frees the old one. */
export function replace(snapshot: Snapshot, name: string, tensor: tf.Tensor): void {
  snapshot.get(name)?.dispose();
  snapshot.set(name, tf.keep(tensor));
}
