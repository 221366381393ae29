// What the network sees of a path: its place and strength as integers of 1/4096, through
// hat functions instead of sines, so that both ends compute the same to the last bit.
import { type CellGrid, cellParts, type QuantizedPath } from "@csi-feedback/sparse-paths/parts";

/** One, in fixed point. */
export const ONE = 4096;
/** Channels that a report may name. */
export const CHANNELS = 4;
/** A delay or an angle in fixed point has this many units a tap or bin. */
export const UNITS = 2 ** 20;
/** Half taps and half bins of the window. */
export const DELAY_CELLS = 65;
export const ANGLE_CELLS = 64;

const DELAY_HATS = 23;
const ANGLE_HATS = 16;
const CLASS_HATS = 11;

/** Numbers of a place: what {@link placeFeatures} writes. */
export const DELAY_FEATURES = DELAY_HATS;
/** Numbers of a class relative to what came before: what {@link classFeatures} writes. */
export const CLASS_FEATURES = CLASS_HATS + 3;
/** Numbers of a token: channel, whether it is the start, class, delay, angle, paths so far, paths of this class. */
export const TOKEN_FEATURES = CHANNELS + 1 + CLASS_FEATURES + DELAY_HATS + ANGLE_HATS + 2;

/** Order of a report with the odds of the network: strongest class first, then by delay, then by angle. */
export function inOrder(a: QuantizedPath, b: QuantizedPath): number {
  return (
    b.magnitudeClass - a.magnitudeClass ||
    fineDelay(a, ANGLE_CELLS) - fineDelay(b, ANGLE_CELLS) ||
    fineColumn(a, ANGLE_CELLS) - fineColumn(b, ANGLE_CELLS)
  );
}

/** Delay of a path in parts of half taps, from -0.5 taps on. */
export function fineDelay(
  { cell, magnitudeClass, delayPart }: QuantizedPath,
  columns: CellGrid["columns"],
): number {
  return Math.floor(cell / columns) * cellParts(magnitudeClass) + delayPart;
}

/** Angle of a path in parts of half bins. */
export function fineColumn(
  { cell, magnitudeClass, columnPart }: QuantizedPath,
  columns: CellGrid["columns"],
): number {
  return (cell % columns) * cellParts(magnitudeClass) + columnPart;
}

/** Where part `index` of half cells begins, in {@link UNITS}. */
export function edgeOf(index: number, parts: number): number {
  return Math.floor((index * UNITS) / (2 * parts));
}

/** Middle of part `index`, in {@link UNITS}. */
export function middleOf(index: number, parts: number): number {
  return Math.floor(((2 * index + 1) * UNITS) / (4 * parts));
}

/** Hat functions over `position` (in spacings of nodes, fixed point): two neighbours share {@link ONE}. */
function hats(out: Float64Array, at: number, position: number, nodes: number, circular: boolean): void {
  const node = Math.floor(position / ONE);
  const share = position - node * ONE;
  const first = circular ? node % nodes : Math.min(nodes - 1, node);
  const second = circular ? (node + 1) % nodes : Math.min(nodes - 1, node + 1);
  out[at + first] += ONE - share;
  out[at + second] += share;
}

/** Hats of a delay [units from -0.5 taps], 1.5 taps apart; `out` must be zero there. */
export function delayFeatures(out: Float64Array, at: number, delay: number): void {
  hats(out, at, Math.floor((delay * ONE) / (1.5 * UNITS)), DELAY_HATS, false);
}

/** A class, by hats two classes apart and as numbers relative to the first path's and to the path's before. */
export function classFeatures(
  out: Float64Array,
  at: number,
  magnitudeClass: number,
  firstClass: number,
  classBefore: number,
): void {
  hats(out, at, Math.floor((Math.min(20, magnitudeClass) * ONE) / 2), CLASS_HATS, false);
  out[at + CLASS_HATS] = Math.floor((magnitudeClass * ONE) / 16);
  out[at + CLASS_HATS + 1] = Math.floor(((firstClass - magnitudeClass) * ONE) / 8);
  out[at + CLASS_HATS + 2] = Math.floor((Math.min(8, classBefore - magnitudeClass) * ONE) / 4);
}

/** What a token tells beside the path itself. */
export interface TokenContext {
  readonly channel: number;
  readonly firstClass: number;
  readonly classBefore: number;
  /** Paths before this one. */
  readonly index: number;
  /** Paths of this class up to this one. */
  readonly run: number;
}

/** The start token. */
export function startFeatures(out: Float64Array, at: number, channel: number): void {
  out[at + channel] = ONE;
  out[at + CHANNELS] = ONE;
}

/** The token of a path with its delay and angle in units. */
export function pathFeatures(
  out: Float64Array,
  at: number,
  magnitudeClass: number,
  delay: number,
  column: number,
  { channel, firstClass, classBefore, index, run }: TokenContext,
): void {
  out[at + channel] = ONE;
  let next = at + CHANNELS + 1;
  classFeatures(out, next, magnitudeClass, firstClass, classBefore);
  next += CLASS_FEATURES;
  delayFeatures(out, next, delay);
  next += DELAY_HATS;
  hats(out, next, Math.floor((column * ONE) / (2 * UNITS)), ANGLE_HATS, true);
  next += ANGLE_HATS;
  out[next] = Math.floor((Math.min(index, 64) * ONE) / 16);
  out[next + 1] = Math.floor((Math.min(run, 16) * ONE) / 4);
}
