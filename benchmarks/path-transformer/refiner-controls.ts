// Beside the network of refiner.ts: weights that are solved for, one for each function and level of a path's magnitude,
// and the best weights that there are for a report, which bound every network that corrects paths.
import { Cholesky } from "@csi-feedback/sparse-paths/parts";
import { type Batch, batchOf, FUNCTIONS, hatsAt, LEVELS, ORDERS, SIDE } from "./refiner-batch";
import type { Report } from "./refiner-files";

const PLANE = SIDE * SIDE;

/** Energy of what is left of a remainder. */
export function errorLeft({ rest }: Report, correction: Float32Array): number {
  let error = 0;
  for (let i = 0; i < rest.length; i++) error += (rest[i] - correction[i]) ** 2;
  return error;
}

/** Adds `gain` times a function of path k, in the path's phase, to two planes. */
function add(
  { phaseRe, phaseIm, delays, columns }: Batch,
  k: number,
  [i, j]: readonly [number, number],
  gain: number,
  planes: Float32Array,
): void {
  const column = (k * ORDERS + j) * SIDE;
  for (let d = 0, at = 0; d < SIDE; d++) {
    const value = gain * delays[(k * ORDERS + i) * SIDE + d];
    const re = value * phaseRe[k];
    const im = value * phaseIm[k];
    for (let a = column; a < column + SIDE; a++, at++) {
      planes[at] += re * columns[a];
      planes[at + PLANE] += im * columns[a];
    }
  }
}

/** Least-squares weights of every function at every level; gives the error that they leave of a report. */
export function fitLevels(reports: readonly Report[]): (report: Report) => number {
  const size = LEVELS * FUNCTIONS.length;
  const columnsOf = (report: Report) => {
    const batch = batchOf([report], report.paths.length);
    const columns = new Map<number, Float32Array>();
    for (const [k, { re, im }] of report.paths.entries()) {
      for (const [node, share] of hatsAt(Math.log2(Math.hypot(re, im)), LEVELS)) {
        for (const [f, orders] of FUNCTIONS.entries()) {
          const index = node * FUNCTIONS.length + f;
          const planes = columns.get(index) ?? new Float32Array(2 * PLANE);
          columns.set(index, planes);
          add(batch, k, orders, share, planes);
        }
      }
    }
    return columns;
  };
  const system = new Cholesky(size);
  const products = new Float64Array(size * size);
  const weights = new Float64Array(size);
  for (const report of reports) {
    const scale = 1 / report.error;
    const columns = [...columnsOf(report)];
    for (const [p, own] of columns) {
      weights[p] += scale * product(own, report.rest);
      for (const [q, other] of columns) if (q <= p) products[p * size + q] += scale * product(own, other);
    }
  }
  for (let p = 0; p < size; p++) {
    for (let q = 0; q < p; q++) system.set(p, q, products[p * size + q]);
    system.set(p, p, 1.001 * products[p * size + p] + 1e-9);
  }
  system.factor();
  system.solve(weights);
  return (report) => {
    const correction = new Float32Array(2 * PLANE);
    for (const [p, planes] of columnsOf(report)) {
      for (let i = 0; i < planes.length; i++) correction[i] += weights[p] * planes[i];
    }
    return errorLeft(report, correction);
  };
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The least error that complex weights of the first `functions` of every path leave of a report. */
export function leastError(report: Report, functions: number): number {
  const { rest, paths, error } = report;
  const { delays, columns } = batchOf([report], paths.length);
  const size = paths.length * functions;
  const start = (row: number, axis: 0 | 1) =>
    (Math.floor(row / functions) * ORDERS + FUNCTIONS[row % functions][axis]) * SIDE;
  const dot = (values: Float32Array, a: number, b: number) => {
    let sum = 0;
    for (let m = 0; m < SIDE; m++) sum += values[a + m] * values[b + m];
    return sum;
  };
  const system = new Cholesky(size);
  for (let p = 0; p < size; p++) {
    for (let q = 0; q <= p; q++) {
      const value = dot(delays, start(p, 0), start(q, 0)) * dot(columns, start(p, 1), start(q, 1));
      system.set(p, q, p === q ? value + 1e-6 : value);
    }
  }
  system.factor();
  let taken = 0;
  for (const plane of [0, PLANE]) {
    const target = Float64Array.from({ length: size }, (_, p) => {
      let sum = 0;
      for (let d = 0; d < SIDE; d++) {
        let row = 0;
        for (let a = 0; a < SIDE; a++) row += rest[plane + d * SIDE + a] * columns[start(p, 1) + a];
        sum += row * delays[start(p, 0) + d];
      }
      return sum;
    });
    const weights = target.slice();
    system.solve(weights);
    for (let p = 0; p < size; p++) taken += weights[p] * target[p];
  }
  return error - taken;
}
