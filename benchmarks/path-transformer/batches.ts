// Path lists as the arrays that the network is trained on.
import { readFileSync } from "node:fs";
import {
  ANGLE_CELLS,
  CLASS_FEATURES,
  cellParts,
  classFeatures,
  DELAY_CELLS,
  DELAY_FEATURES,
  DROPS,
  delayFeatures,
  FIRST_CLASSES,
  fineColumn,
  fineDelay,
  inOrder,
  middleOf,
  ONE,
  pathFeatures,
  pathOfNumbers,
  type QuantizedPath,
  startFeatures,
  TOKEN_FEATURES,
  UNITS,
} from "@csi-feedback/path-transformer/training";

/** Where the next path lies along one axis, and where all paths before lie. */
interface Axis {
  /** Share of each half cell that is in the path's own cell, `[count, length, cells]`. */
  readonly inside: Float32Array;
  /** Share of each half cell that is not excluded by the order. */
  readonly after: Float32Array;
  /** Edges and middle of the path's cell, and the first place that the order allows, `[count, length]`. */
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly from: Float32Array;
  readonly middle: Float32Array;
  /** Place of the path that each token tells of. */
  readonly at: Float32Array;
}

/** Lists of one length. */
export interface Batch {
  readonly count: number;
  readonly length: number;
  readonly tokens: Float32Array;
  readonly first: Float32Array;
  readonly drop: Float32Array;
  readonly dropMask: Float32Array;
  readonly classes: Float32Array;
  readonly delays: Float32Array;
  readonly delay: Axis;
  readonly angle: Axis;
  /** 1 for a path, 0 for padding. */
  readonly weights: Float32Array;
}

export interface List {
  readonly channel: number;
  readonly paths: readonly QuantizedPath[];
}

/** Cells narrower than this [taps, bins] are widened: float32 has no odds for them. */
const NARROWEST = 2 ** -10;

export function readLists(path: string): List[] {
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const { channel, paths } = JSON.parse(line) as { channel: number; paths: number[][] };
      return {
        channel,
        paths: paths.map(pathOfNumbers).sort(inOrder),
      };
    });
}

function axisOf(rows: number, cells: number): Axis {
  const zeros = (size: number) => new Float32Array(size);
  return {
    inside: zeros(rows * cells),
    after: zeros(rows * cells),
    low: zeros(rows),
    high: zeros(rows),
    from: zeros(rows),
    middle: zeros(rows),
    at: zeros(rows),
  };
}

function fill(axis: Axis, row: number, cells: number, index: number, parts: number, fromIndex: number): void {
  let low = index / (2 * parts);
  let high = (index + 1) / (2 * parts);
  axis.middle[row] = (low + high) / 2;
  axis.inside[row * cells + Math.floor(index / parts)] = Math.max(2 * (high - low), 2 * NARROWEST);
  if (high - low < NARROWEST) {
    low = axis.middle[row] - NARROWEST / 2;
    high = axis.middle[row] + NARROWEST / 2;
  }
  const from = Math.min(low, fromIndex / (2 * parts));
  axis.low[row] = low;
  axis.high[row] = high;
  axis.from[row] = from;
  for (let i = 0; i < cells; i++) {
    axis.after[row * cells + i] = Math.min(1, Math.max(0, i + 1 - 2 * from));
  }
}

export function batchOf(lists: readonly List[], length: number): Batch {
  const count = lists.length;
  const rows = count * length;
  const tokens = new Float64Array(rows * TOKEN_FEATURES);
  const classes = new Float64Array(rows * CLASS_FEATURES);
  const delays = new Float64Array(rows * DELAY_FEATURES);
  const first = new Float32Array(rows * FIRST_CLASSES);
  const drop = new Float32Array(rows * DROPS);
  const dropMask = new Float32Array(rows * DROPS);
  const delay = axisOf(rows, DELAY_CELLS);
  const angle = axisOf(rows, ANGLE_CELLS);
  const weights = new Float32Array(rows);
  for (const [b, { channel, paths }] of lists.entries()) {
    const start = b * length;
    startFeatures(tokens, start * TOKEN_FEATURES, channel);
    const firstClass = paths[0].magnitudeClass;
    let run = 0;
    for (let k = 0; k < Math.min(length, paths.length); k++) {
      const row = start + k;
      const path = paths[k];
      const { magnitudeClass } = path;
      const before = paths[k - 1];
      const classBefore = before?.magnitudeClass ?? magnitudeClass;
      const parts = cellParts(magnitudeClass);
      const d = fineDelay(path, ANGLE_CELLS);
      const c = fineColumn(path, ANGLE_CELLS);
      weights[row] = 1;
      const same = before !== undefined && magnitudeClass === classBefore;
      run = same ? run + 1 : 1;
      if (before === undefined) first[row * FIRST_CLASSES + magnitudeClass] = 1;
      else {
        drop[row * DROPS + Math.min(DROPS - 1, classBefore - magnitudeClass)] = 1;
        for (let i = classBefore + 1; i < DROPS; i++) dropMask[row * DROPS + i] = -1e4;
      }
      const delayFrom = same ? fineDelay(before, ANGLE_CELLS) : 0;
      fill(delay, row, DELAY_CELLS, d, parts, delayFrom);
      fill(angle, row, ANGLE_CELLS, c, parts, same && d === delayFrom ? fineColumn(before, ANGLE_CELLS) : 0);
      classFeatures(classes, row * CLASS_FEATURES, magnitudeClass, firstClass, classBefore);
      delayFeatures(delays, row * DELAY_FEATURES, middleOf(d, parts));
      if (k + 1 < length) {
        const place = [middleOf(d, parts), middleOf(c, parts)] as const;
        pathFeatures(tokens, (row + 1) * TOKEN_FEATURES, magnitudeClass, ...place, {
          channel,
          firstClass,
          classBefore,
          index: k,
          run,
        });
        delay.at[row + 1] = place[0] / UNITS;
        angle.at[row + 1] = place[1] / UNITS;
      }
    }
  }
  const scaled = (values: Float64Array) => Float32Array.from(values, (value) => value / ONE);
  return {
    count,
    length,
    tokens: scaled(tokens),
    classes: scaled(classes),
    delays: scaled(delays),
    first,
    drop,
    dropMask,
    delay,
    angle,
    weights,
  };
}
