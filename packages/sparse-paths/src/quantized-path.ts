// One path as integers, and what they stand for.
import { FIRST_DELAY } from "./correlation-grid";
import {
  type CellGrid,
  cellParts,
  classOf,
  classSize,
  classStart,
  LARGEST_CLASS,
  phaseCount,
} from "./resolution";

/** One path as the report carries it. */
export interface QuantizedPath {
  readonly magnitudeClass: number;
  /** Half cells: `(delay * rows + row) * columns + column`. */
  readonly cell: number;
  /** Parts of the half cell. */
  readonly delayPart: number;
  readonly rowPart: number;
  readonly columnPart: number;
  /** Steps. */
  readonly magnitude: number;
  readonly phase: number;
}

/** Order of a report: strongest class first, then by half cell. */
export function inCellOrder(a: QuantizedPath, b: QuantizedPath): number {
  return b.magnitudeClass - a.magnitudeClass || a.cell - b.cell;
}

/** Coordinates of a quantised path: delay [taps], row and column [bins]. */
export function coordinatesOf(path: QuantizedPath, grid: CellGrid): [number, number, number] {
  const parts = cellParts(path.magnitudeClass);
  const column = path.cell % grid.columns;
  const row = Math.floor(path.cell / grid.columns) % grid.rows;
  const delay = Math.floor(path.cell / (grid.columns * grid.rows));
  const place = (cell: number, part: number) => (cell + (part + 0.5) / parts) / 2;
  return [
    FIRST_DELAY + place(delay, path.delayPart),
    grid.rows === 1 ? 0 : place(row, path.rowPart),
    grid.columns === 1 ? 0 : place(column, path.columnPart),
  ];
}

/** The place of coordinates on the grid of a class; gain fields are left at zero. */
export function quantizeCoordinates(
  delay: number,
  row: number,
  column: number,
  magnitudeClass: number,
  grid: CellGrid,
): QuantizedPath {
  const parts = cellParts(magnitudeClass);
  const d = partOf(delay - FIRST_DELAY, grid.delays, parts);
  const r = partOf(row, grid.rows, parts);
  const c = partOf(column, grid.columns, parts);
  return {
    magnitudeClass,
    cell: (Math.floor(d / parts) * grid.rows + Math.floor(r / parts)) * grid.columns + Math.floor(c / parts),
    delayPart: d % parts,
    rowPart: r % parts,
    columnPart: c % parts,
    magnitude: 0,
    phase: 0,
  };
}

/** Part of a half cell that a position is in, counted over all `cells`. */
function partOf(position: number, cells: number, parts: number): number {
  return cells === 1 ? 0 : Math.min(cells * parts - 1, Math.max(0, Math.floor(2 * position * parts)));
}

/** Class of a gain of a magnitude [steps]. */
export function classOfGain(magnitude: number): number {
  return Math.min(LARGEST_CLASS, classOf(Math.max(1, Math.round(magnitude))));
}

/** The path with the gain [steps] nearest to a complex number, in its own class. */
export function withGain(place: QuantizedPath, re: number, im: number): QuantizedPath {
  const start = classStart(place.magnitudeClass);
  const rounded = Math.round(Math.hypot(re, im));
  const magnitude = Math.min(start + classSize(place.magnitudeClass) - 1, Math.max(start, rounded));
  const phases = phaseCount(magnitude);
  const turn = Math.round((Math.atan2(im, re) / (2 * Math.PI)) * phases);
  return { ...place, magnitude, phase: (turn + phases) % phases };
}

/** Gain of a quantised path [steps]. */
export function gainOf({ magnitude, phase }: QuantizedPath): [re: number, im: number] {
  const angle = (2 * Math.PI * phase) / phaseCount(magnitude);
  return [magnitude * Math.cos(angle), magnitude * Math.sin(angle)];
}
