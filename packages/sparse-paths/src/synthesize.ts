// From path parameters to channels: the base station's side of the codec.
import { assertFinite, invalid } from "@csi-feedback/common";
import { PathList, WindowKernels } from "./path-list";
import { type PathWindow, Window } from "./window";

/** One propagation path in the coordinates of a window. */
export interface PathParameters {
  /** Delay [taps]: delay in seconds times the bandwidth. */
  readonly delay: number;
  /** Row coordinate of a panel [bins of the angle axis, in its order]; 0 for a linear array. */
  readonly row: number;
  /** Column coordinate [bins of the angle axis, in its order], in [0, columns). */
  readonly column: number;
  /**
   * Complex gain, seen from the middle of the band and of the array; a full-band path of gain g has the
   * energy |g|^2.
   */
  readonly gainRe: number;
  readonly gainIm: number;
}

export function synthesize(paths: readonly PathParameters[], kernels: WindowKernels): Float32Array {
  const { window } = kernels;
  const list = new PathList(kernels, 1);
  const channel = { re: new Float64Array(window.size), im: new Float64Array(window.size) };
  for (const { delay, row, column, gainRe, gainIm } of paths) {
    assertFinite("synthesizePaths", [delay, row, column, gainRe, gainIm]);
    list.place(0, delay, row, column);
    list.add(0, gainRe, gainIm, channel);
  }
  return window.wind(channel);
}

/**
 * The channel `[2, delays, antennas]` of a list of paths.
 *
 * @throws CsiFeedbackError `INVALID_WINDOW`, `NOT_FINITE`; `OUT_OF_RANGE` when an element leaves float32.
 *
 * @example
 * ```ts
 * import { csiNetWindow, synthesizePaths } from "@csi-feedback/sparse-paths";
 *
 * const path = { delay: 3, row: 0, column: 5, gainRe: 2, gainIm: 0 };
 * const channel = synthesizePaths([path], csiNetWindow);
 * console.log(Math.hypot(channel[3 * 32 + 5], channel[1024 + 3 * 32 + 5]).toFixed(6)); // 2.000000
 * ```
 */
export function synthesizePaths(paths: readonly PathParameters[], window: PathWindow): Float32Array {
  const channel = synthesize(paths, new WindowKernels(new Window(window, "synthesizePaths")));
  const outside = channel.findIndex((value) => !Number.isFinite(value));
  if (outside >= 0) {
    invalid("OUT_OF_RANGE", "synthesizePaths", "every element must fit a float32", channel[outside]);
  }
  return channel;
}
