// Estimation alone, for those who want paths and no bits.
import { invalid } from "@csi-feedback/common";
import { PathEstimator, unitEnergy } from "./estimate";
import type { PathParameters } from "./synthesize";
import { csiNetWindow, type PathWindow, Window } from "./window";

/** What {@link estimatePaths} looks for; the first rule that holds ends the search. */
export interface EstimatePathsOptions {
  /** Window of the sample; {@link csiNetWindow} unless told. */
  readonly window?: PathWindow;
  /** Most paths, 1 to 1,024. */
  readonly paths: number;
  /** Stops once paths leave at most this share of the sample's energy. */
  readonly residual?: number;
  /** Variance of the estimation noise on a complex element: stops once what is left looks like noise. */
  readonly noise?: number;
}

/**
 * The propagation paths of a channel by Newtonised orthogonal matching pursuit (B. Mamandipoor, D. Ramasamy,
 * U. Madhow, "Newtonized orthogonal matching pursuit", IEEE Transactions on Signal Processing 64(19), 2016),
 * in the order in which they were found.
 *
 * @param sample - `[2, delays, antennas]`, zero-centered.
 * @throws CsiFeedbackError `INVALID_WINDOW`, `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_ARGUMENT`.
 *
 * @example
 * ```ts
 * import { csiNetWindow, estimatePaths, synthesizePaths } from "@csi-feedback/sparse-paths";
 *
 * const truth = { delay: 7.3, row: 0, column: 12.6, gainRe: 0.8, gainIm: -0.6 };
 * const [found] = estimatePaths(synthesizePaths([truth], csiNetWindow), { paths: 1 });
 * console.log(found.delay.toFixed(2), found.column.toFixed(2), found.gainRe.toFixed(2)); // 7.30 12.60 0.80
 * ```
 */
export function estimatePaths(sample: Float32Array, options: EstimatePathsOptions): PathParameters[] {
  const { window = csiNetWindow, paths, residual, noise } = options;
  if (!(Number.isSafeInteger(paths) && paths >= 1 && paths <= 1024)) {
    invalid("INVALID_ARGUMENT", "estimatePaths", "paths must be an integer from 1 to 1024", paths);
  }
  const checked = new Window(window, "estimatePaths");
  const { unit, norm } = unitEnergy(checked.unwind(sample, "estimatePaths"));
  const list = new PathEstimator(checked).estimate(unit, {
    paths,
    ...(residual === undefined ? {} : { residual }),
    ...(noise === undefined ? {} : { noise: noise / norm ** 2 }),
  });
  return Array.from({ length: list.count }, (_, k) => ({
    delay: list.delays[k],
    row: list.rows[k],
    column: list.columns[k],
    gainRe: norm * list.gainsRe[k],
    gainIm: norm * list.gainsIm[k],
  }));
}
