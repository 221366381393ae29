// One optimizer step: forward, backward and update traced as one graph and read
// once, through the loss. A batch in several passes adds up their gradients.
import { CsiFeedbackError } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import { Adam, replace, type TrainedParameter } from "./adam";
import type { Batch } from "./batches";
import { batchLoss } from "./loss";
import type { ForwardOptions } from "./network";
import type { Plan } from "./options";
import { disposeSnapshot, type Snapshot } from "./parameters";

/** What a step reports. */
export interface StepResult {
  /** Mean loss over the samples of the batch. */
  readonly loss: number;
  /** Norm of the gradient per trained group, before clipping. */
  readonly gradientNorms: Readonly<Record<string, number>>;
}

/** Trains the given groups of a network on one output. */
export class Stepper {
  readonly adam: Adam;
  readonly groups: readonly string[];
  readonly parameters: readonly TrainedParameter[];
  readonly #plan: Plan;
  readonly #output: ForwardOptions["output"];
  readonly #accumulated: Snapshot = new Map();

  constructor(plan: Plan, groups: readonly string[], output: ForwardOptions["output"]) {
    this.#plan = plan;
    this.#output = output;
    this.groups = groups;
    this.parameters = groups.flatMap((group) =>
      plan.network.groups[group].map((name) => {
        const variable = plan.network.parameters.get(name);
        if (variable === undefined) {
          const message = `train: group ${group} of ${plan.network.name} names a parameter ${name} it does not have`;
          throw new CsiFeedbackError("UNKNOWN_PARAMETER", message);
        }
        return { name, group, variable };
      }),
    );
    this.adam = new Adam(this.parameters, plan.optimizer);
  }

  /** One step on a batch, with the given learning rate per group. */
  async run(batch: Batch, rates: Readonly<Record<string, number>>): Promise<StepResult> {
    const size = this.#plan.microBatchSize;
    let loss = 0;
    let squaredNorms: readonly number[] = [];
    for (let first = 0; first < batch.count; first += size) {
      const part = slice(batch, first, Math.min(size, batch.count - first));
      const last = first + part.count === batch.count;
      const report = tf.tidy(() => this.#trace(part, part.count / batch.count, last ? rates : undefined));
      const [partLoss, ...norms] = await report.data();
      report.dispose();
      loss += partLoss;
      squaredNorms = norms;
    }
    return {
      loss,
      gradientNorms: Object.fromEntries(this.groups.map((group, i) => [group, Math.sqrt(squaredNorms[i])])),
    };
  }

  /** Loss (weighted) and squared gradient norms per group of a pass; updates the parameters when rates are given. */
  #trace(batch: Batch, weight: number, rates: Readonly<Record<string, number>> | undefined): tf.Tensor1D {
    const { network, loss, data } = this.#plan;
    const target = tf.tensor4d(batch.target, [batch.count, ...data.train.shape]);
    const input =
      batch.input === batch.target ? target : tf.tensor4d(batch.input, [batch.count, ...data.train.shape]);
    const options: ForwardOptions = {
      training: true,
      frozen: Object.keys(network.groups).filter((group) => !this.groups.includes(group)),
      output: this.#output,
      ...(batch.elements ? { elements: tf.tensor1d(batch.elements, "int32") } : {}),
    };
    const { value, grads } = tf.variableGrads(
      () => {
        const whole = batchLoss(loss, network.forward(input, options), target);
        return weight === 1 ? whole : tf.mul(whole, tf.scalar(weight));
      },
      this.parameters.map(({ variable }) => variable),
    );
    const gradients = this.parameters.map(({ name, variable }) => {
      const gradient = grads[variable.name] ?? tf.zerosLike(variable);
      const earlier = this.#accumulated.get(name);
      return earlier === undefined ? gradient : tf.add(earlier, gradient);
    });
    if (rates === undefined) {
      for (const [i, { name }] of this.parameters.entries()) replace(this.#accumulated, name, gradients[i]);
      return tf.stack([value]) as tf.Tensor1D;
    }
    const norms = this.groups.map((group) => {
      const own = gradients.filter((_, i) => this.parameters[i].group === group);
      return tf.addN(own.map((gradient) => tf.sum(tf.square(gradient)))) as tf.Scalar;
    });
    this.adam.apply(gradients, tf.addN(norms) as tf.Scalar, rates);
    disposeSnapshot(this.#accumulated);
    return tf.stack([value, ...norms]) as tf.Tensor1D;
  }

  dispose(): void {
    this.adam.dispose();
    disposeSnapshot(this.#accumulated);
  }
}

function slice(batch: Batch, first: number, count: number): Batch {
  if (count === batch.count) return batch;
  const size = batch.target.length / batch.count;
  const cut = (values: Float32Array) => values.subarray(first * size, (first + count) * size);
  const target = cut(batch.target);
  return {
    count,
    target,
    input: batch.input === batch.target ? target : cut(batch.input),
    ...(batch.elements ? { elements: batch.elements.subarray(first, first + count) } : {}),
  };
}
