// Dropout whose mask depends only on its seed, so that a layer that is computed again
// in the backward pass drops the same values.
import { invalid, randomStream } from "@csi-feedback/common";
import { mul, type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { Dropout } from "./transformer-layers";

export function checkDropout({ rate }: Dropout): void {
  if (!(rate >= 0 && rate < 1))
    invalid("INVALID_ARGUMENT", "forward", "dropout rate must be from 0 to below 1", rate);
}

/** x with a share of its values set to zero and the others scaled up, so that the mean stays. */
export function applyDropout<T extends Tensor>(
  x: T,
  { rate, seed }: Dropout,
  layer: number,
  site: number,
): T {
  const stream = randomStream(seed, layer, site);
  const kept = 1 / (1 - rate);
  const mask = Float32Array.from({ length: x.size }, () => (stream.uniform() < rate ? 0 : kept));
  return mul(x, tensor(mask, x.shape));
}
