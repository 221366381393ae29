// How finely a path is quantised: everything follows from its magnitude in steps. Strong
// paths get fine delays, angles and phases, because their errors cost more.
import type { Window } from "./window";

/** Largest class of a magnitude. */
export const LARGEST_CLASS = 41;

/** Smallest magnitude of each class [steps]: 1, 2, 3, 4, 6, 8, 12, ... */
const BOUNDS = Float64Array.from({ length: LARGEST_CLASS + 2 }, (_, i) => {
  if (i < 2) return i + 1;
  return (i % 2 === 0 ? 3 : 4) * 2 ** (Math.floor(i / 2) - 1);
});

/** Half cells of delay and angle that a path of magnitude 1 is told apart in. */
const CELL_PARTS = 0.6;
/** Phases that a path of magnitude 1 is told apart in. */
const PHASES = 5;

/** Class of a magnitude [steps, at least 1]. */
export function classOf(magnitude: number): number {
  const octave = Math.floor(Math.log2(magnitude));
  if (magnitude < 2) return 0;
  const index = 2 * octave - 1;
  return Math.min(LARGEST_CLASS, magnitude >= 1.5 * 2 ** octave ? index + 1 : index);
}

/** Smallest magnitude of a class [steps]. */
export function classStart(magnitudeClass: number): number {
  return BOUNDS[magnitudeClass];
}

/** Magnitudes of a class. */
export function classSize(magnitudeClass: number): number {
  return BOUNDS[magnitudeClass + 1] - BOUNDS[magnitudeClass];
}

/** Parts that a half cell is divided into for a class. */
export function cellParts(magnitudeClass: number): number {
  const middle = Math.sqrt(BOUNDS[magnitudeClass] * BOUNDS[magnitudeClass + 1]);
  return Math.max(1, Math.round(CELL_PARTS * middle));
}

/** Phases of a magnitude. */
export function phaseCount(magnitude: number): number {
  return Math.max(4, Math.round(PHASES * magnitude));
}

/** The half cells that paths may lie in. */
export interface CellGrid {
  /** Half taps, from delay -0.5 on. */
  readonly delays: number;
  /** Half beams of the rows (1 for a linear array) and of the columns. */
  readonly rows: number;
  readonly columns: number;
}

export function cellGrid(window: Window): CellGrid {
  return {
    delays: 2 * window.delays + 1,
    rows: window.rows === 1 ? 1 : 2 * window.rows,
    columns: window.columns === 1 ? 1 : 2 * window.columns,
  };
}
