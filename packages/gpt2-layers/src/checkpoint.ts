// Gradient checkpointing: a function whose intermediate values are not kept for the
// backward pass but computed again there from its inputs.
import { customGrad, engine, grads, type Tensor } from "@tensorflow/tfjs-core";

/**
 * `compute(x, weights)` with only x kept. Gradients flow to x and to every one of `weights`, which must all
 * take part in the result and must stay alive until the backward pass (variables do).
 */
export function checkpoint<T extends Tensor>(
  compute: (x: T, weights: Tensor[]) => T,
  x: T,
  weights: Tensor[],
): T {
  const operation = customGrad((...inputsAndSave) => {
    const save = inputsAndSave.pop() as unknown as (tensors: Tensor[]) => void;
    const [input] = inputsAndSave as Tensor[];
    save([input]);
    return {
      value: compute(input as T, weights),
      gradFunc: (dy: Tensor, [saved]: Tensor[]) =>
        withOwnTape(() => grads((again, ...parts) => compute(again as T, parts))([saved, ...weights], dy)),
    };
  });
  return operation(x, ...weights) as T;
}

/**
 * tfjs has one gradient tape, which an inner `grads` ends and clears when it is called during a backward
 * pass. This puts the outer one back.
 */
function withOwnTape<T>(compute: () => T): T {
  const { state } = engine();
  const outer = state.activeTape;
  try {
    return compute();
  } finally {
    if (outer !== undefined) state.activeTape = outer;
  }
}
