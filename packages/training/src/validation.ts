// The validation of a run: the loss it trains on and the NMSE it is judged by.
import { type Evaluation, evaluate } from "./evaluate";
import type { Validation } from "./events";
import type { LossName } from "./loss";
import type { ForwardOptions } from "./network";
import type { Plan } from "./options";

/** The loss of that name, over all samples. */
function lossOf(name: LossName, { mse, ratio, geometricRatio }: Evaluation): number {
  return { mse, nmse: ratio, "geometric-nmse": geometricRatio }[name];
}

/** Evaluates the network on the validation data; every number of kept elements counts the same. */
export async function validate(plan: Plan, output: ForwardOptions["output"]): Promise<Validation> {
  const { network, data, elements, validationBatchSize, noise, seed, signal } = plan;
  const perElements = await evaluate({
    network,
    source: data.validation,
    batchSize: validationBatchSize,
    output,
    seed,
    ...(elements ? { elements } : {}),
    ...(noise ? { noise } : {}),
    ...(signal ? { signal } : {}),
  });
  const mean = (value: (one: Evaluation) => number) =>
    perElements.reduce((sum, one) => sum + value(one), 0) / perElements.length;
  return {
    loss: mean((one) => lossOf(plan.loss, one)),
    nmse: mean(({ nmse }) => nmse),
    perElements,
  };
}
