// Learning a path model from the paths of training reports: counts for the magnitudes,
// and expectation maximisation for what of a path's place is the channel's habit and what
// is the company of the paths before it.
import { invalid } from "@csi-feedback/common";
import { PathEstimator } from "./estimate";
import { PathTables } from "./path-coder";
import { DROP_CLASSES, DROP_RUNS, DROP_SYMBOLS, OFFSET_SPAN, type PathModelJson } from "./path-model";
import type { QuantizedPath } from "./quantized-path";
import { type CellGrid, cellGrid, LARGEST_CLASS } from "./resolution";
import { searchPaths } from "./search";
import { csiNetWindow, type PathWindow, Window } from "./window";

const ROUNDS = 12;
/** Counts that every place starts with, so that none is impossible. */
const PRIOR_COUNT = 0.5;

/** What {@link trainPathModel} learns from. */
export interface PathTrainingOptions {
  /** Name of the training channel. */
  readonly name: string;
  /** Window of the samples, of a linear array; {@link csiNetWindow} unless told. */
  readonly window?: PathWindow;
  /** Budgets of the training reports in turn [bits]; 128 to 4,096 unless told. */
  readonly budgets?: readonly number[];
}

/** The model that knows nothing, for the first training reports. */
const flatModel: PathModelJson = {
  kind: "path-model",
  name: "flat",
  delays: [1],
  angles: [1],
  gathering: 0,
  offsets: new Array(OFFSET_SPAN * OFFSET_SPAN).fill(0),
  firstClass: new Array(LARGEST_CLASS + 1).fill(0),
  drops: Array.from({ length: DROP_CLASSES * DROP_RUNS * DROP_SYMBOLS }, (_, i) =>
    Math.round(1024 * 0.5 ** (i % DROP_SYMBOLS)),
  ),
};

/**
 * Learns an entropy model for {@link PathCodec} from channel samples: each is coded at one of the budgets,
 * first with flat odds, then with those learned, and the paths of the reports are counted.
 *
 * @param samples - `[count, 2, delays, antennas]`, zero-centered; some hundred are enough.
 * @throws CsiFeedbackError `INVALID_WINDOW`, `INVALID_SHAPE`, `NOT_FINITE`; `EMPTY_DATA` without a path.
 */
export function trainPathModel(samples: Float32Array, options: PathTrainingOptions): PathModelJson {
  const { name, budgets = [128, 256, 512, 1024, 2048, 4096] } = options;
  const window = new Window(options.window ?? csiNetWindow, "trainPathModel");
  const estimator = new PathEstimator(window);
  const grid = cellGrid(window);
  const size = 2 * window.size;
  let model = flatModel;
  for (let round = 0; round < 2; round++) {
    const tables = [new PathTables(model, grid)];
    const reports: (readonly QuantizedPath[])[] = [];
    for (let from = 0; from < samples.length; from += size) {
      const channel = window.unwind(samples.slice(from, from + size), "trainPathModel");
      const budget = budgets[reports.length % budgets.length];
      reports.push(searchPaths(channel, estimator, tables, { budget, paths: 256, effort: "fast" }).paths);
    }
    model = learnFromReports(name, reports, grid);
  }
  return model;
}

function learnFromReports(
  name: string,
  reports: readonly (readonly QuantizedPath[])[],
  grid: CellGrid,
): PathModelJson {
  if (reports.every((report) => report.length === 0)) {
    invalid("EMPTY_DATA", "trainPathModel", "there must be at least one path to learn from", reports.length);
  }
  let delays = new Float64Array(grid.delays).fill(1 / grid.delays);
  let angles = new Float64Array(grid.columns).fill(1 / grid.columns);
  let offsets = new Float64Array(OFFSET_SPAN * OFFSET_SPAN).fill(1 / (2 * OFFSET_SPAN - 1) ** 2);
  let gathering = 0.1;
  for (let round = 0; round < ROUNDS; round++) {
    const delayCounts = new Float64Array(grid.delays).fill(PRIOR_COUNT);
    const angleCounts = new Float64Array(grid.columns).fill(PRIOR_COUNT);
    const offsetCounts = new Float64Array(offsets.length).fill(PRIOR_COUNT);
    let gathered = 0;
    const placesBefore: number[] = [];
    for (const report of reports) {
      for (const [k, { cell }] of report.entries()) {
        const delay = Math.floor(cell / grid.columns);
        const column = cell % grid.columns;
        const base = delays[delay] * angles[column];
        const near: [offset: number, weight: number][] = [];
        let company = 0;
        for (let j = 0; j < k; j++) {
          const offset = offsetBetween(report[j].cell, delay, column, grid);
          if (offset < 0) continue;
          near.push([offset, gathering * offsets[offset]]);
          company += gathering * offsets[offset];
        }
        const share = company / (base + company);
        for (const [offset, weight] of near) offsetCounts[offset] += weight / (base + company);
        delayCounts[delay] += 1 - share;
        angleCounts[column] += 1 - share;
        gathered += share;
        placesBefore.push(k);
      }
    }
    delays = normalized(delayCounts);
    angles = normalized(angleCounts);
    // An offset of (3, -2) stands for four places.
    const places = offsets.map((_, i) => (i >= OFFSET_SPAN ? 2 : 1) * (i % OFFSET_SPAN > 0 ? 2 : 1));
    offsets = normalized(offsetCounts).map((share, i) => share / places[i]);
    for (let i = 0; i < 20; i++) {
      gathering = gathered / placesBefore.reduce((sum, k) => sum + k / (1 + k * gathering), 1e-9);
    }
  }
  return {
    kind: "path-model",
    name,
    delays: integers(delays, 4096),
    angles: integers(angles, 4096),
    gathering: Math.min(65536, Math.round(1024 * gathering)),
    offsets: integers(offsets, 16384),
    ...magnitudeWeights(reports),
  };
}

function offsetBetween(from: number, delay: number, column: number, grid: CellGrid): number {
  const rows = Math.abs(Math.floor(from / grid.columns) - delay);
  const apart = Math.abs((from % grid.columns) - column);
  const around = Math.min(apart, grid.columns - apart);
  return rows < OFFSET_SPAN && around < OFFSET_SPAN ? rows * OFFSET_SPAN + around : -1;
}

function normalized(counts: Float64Array): Float64Array<ArrayBuffer> {
  const total = counts.reduce((a, b) => a + b, 0);
  return Float64Array.from(counts, (count) => count / total);
}

function integers(shares: Float64Array, total: number): number[] {
  const most = Math.max(...shares);
  const all = shares.reduce((a, b) => a + b, 0);
  return Array.from(shares, (share) => Math.round(Math.min(most, share / all) * total));
}

function magnitudeWeights(reports: readonly (readonly QuantizedPath[])[]) {
  const first = new Float64Array(LARGEST_CLASS + 1);
  const drops = new Float64Array(DROP_CLASSES * DROP_RUNS * DROP_SYMBOLS);
  for (const report of reports) {
    let run = 0;
    for (const [k, { magnitudeClass }] of report.entries()) {
      const before = report[k - 1]?.magnitudeClass;
      if (before === undefined) {
        // The first class follows the step, which follows the budget: a broad bump, not a spike.
        for (let i = 0; i <= LARGEST_CLASS; i++) first[i] += Math.exp(-((i - magnitudeClass) ** 2) / 8);
        run = 1;
        continue;
      }
      const drop = Math.min(before - magnitudeClass, DROP_SYMBOLS - 1);
      const context = Math.min(before, DROP_CLASSES - 1) * DROP_RUNS + Math.min(run, DROP_RUNS) - 1;
      drops[context * DROP_SYMBOLS + drop]++;
      run = drop === 0 ? run + 1 : 1;
    }
  }
  // Where little was seen, what was seen of all classes together speaks.
  const typical = new Float64Array(DROP_RUNS * DROP_SYMBOLS);
  for (const [i, count] of drops.entries()) typical[i % typical.length] += count;
  const smoothed: number[] = [];
  for (let context = 0; context < DROP_CLASSES * DROP_RUNS; context++) {
    const run = context % DROP_RUNS;
    const seen = typical.subarray(run * DROP_SYMBOLS, (run + 1) * DROP_SYMBOLS);
    const all = seen.reduce((a, b) => a + b, 0) + DROP_SYMBOLS * PRIOR_COUNT;
    const own = drops.subarray(context * DROP_SYMBOLS, (context + 1) * DROP_SYMBOLS);
    const mixed = own.map((count, i) => count + (20 * (seen[i] + PRIOR_COUNT)) / all);
    smoothed.push(...integers(normalized(mixed), 4096));
  }
  return { firstClass: integers(normalized(first), 4096), drops: smoothed };
}
