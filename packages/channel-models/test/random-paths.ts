// Random path lists for tests: any direction, both polarisations, Doppler shifts.
import { randomStream } from "@csi-feedback/common";
import type { PropagationPaths } from "../src/paths";

/** `count` paths with delays uniform up to `longest` [s]. */
export function randomPaths(seed: number, count: number, longest: number): PropagationPaths {
  const random = randomStream(seed);
  const column = (draw: () => number) => Float64Array.from({ length: count }, draw);
  return {
    delays: column(() => longest * random.uniform()),
    gainsRe: column(() => random.normal()),
    gainsIm: column(() => random.normal()),
    secondGainsRe: column(() => random.normal()),
    secondGainsIm: column(() => random.normal()),
    azimuths: column(() => Math.PI * (2 * random.uniform() - 1)),
    zeniths: column(() => Math.PI * random.uniform()),
    dopplerShifts: column(() => 200 * random.normal()),
  };
}
