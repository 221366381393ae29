// The ports of a codebook: the array behind them, in the standard's (N1, N2) form with its
// oversampling, and the DFT beams over one polarisation. Nothing is chosen here.
import { invalid } from "@csi-feedback/common";

/** Complex values in two arrays of one shape. */
export interface ComplexArray {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * The antenna array that a codebook is laid over. Antenna index: `polarization * rows * columns + row * columns +
 * column`, as the dual-polarised arrays of `@csi-feedback/channel-models` have it.
 */
export interface PortLayout {
  /** Rows of the array; 1, a linear array, when absent. */
  readonly rows?: number;
  readonly columns: number;
  /**
   * Groups of `rows * columns` antennas. 2, the default, is the standard's form: two polarisations, or the two halves
   * of a single-polarised array. 1 is this package's extension to single-polarised arrays taken as a whole.
   */
  readonly polarizations?: 1 | 2;
}

/** A layout with everything that follows from it. */
export interface Ports {
  /** The longer side of the array, N1. */
  readonly n1: number;
  /** The shorter side, N2. */
  readonly n2: number;
  /** Oversampling of the beams along N1 and N2. */
  readonly o1: number;
  readonly o2: number;
  readonly polarizations: 1 | 2;
  /** Antennas of one polarisation, N1 N2. */
  readonly elements: number;
  /** All antennas, P. */
  readonly count: number;
  /** Whether a step along N1 is a step along the columns. */
  readonly columnsFirst: boolean;
}

/** (N1, N2) of TS 38.214 Table 5.2.2.2.1-2. */
const SUPPORTED = new Set([
  "2,1",
  "2,2",
  "4,1",
  "3,2",
  "6,1",
  "4,2",
  "8,1",
  "4,3",
  "6,2",
  "12,1",
  "4,4",
  "8,2",
  "16,1",
]);

/** Largest side of the extension with one polarisation. */
const LARGEST = 1024;

/**
 * The ports of a layout, or of a linear array of so many antennas, whose two halves become the two groups.
 *
 * @throws CsiFeedbackError `INVALID_LAYOUT` for an array that TS 38.214 Table 5.2.2.2.1-2 does not have.
 */
export function resolvePorts(functionName: string, antennas: number | PortLayout): Ports {
  const layout: PortLayout = typeof antennas === "number" ? { columns: antennas / 2 } : antennas;
  const { rows = 1, columns, polarizations = 2 } = layout;
  const reject: (rule: string, received: unknown) => never = (rule, received) =>
    invalid("INVALID_LAYOUT", functionName, rule, received);
  if (polarizations !== 1 && polarizations !== 2) reject("polarizations must be 1 or 2", polarizations);
  for (const side of [rows, columns]) {
    if (!Number.isInteger(side) || side < 1 || side > LARGEST) {
      reject(`the sides of the array must be integers from 1 to ${LARGEST}`, [rows, columns]);
    }
  }
  const [n1, n2] = [Math.max(rows, columns), Math.min(rows, columns)];
  if (polarizations === 2 && !SUPPORTED.has(`${n1},${n2}`)) {
    reject(`(N1, N2) with two polarisations must be one of (${[...SUPPORTED].join("), (")})`, [n1, n2]);
  }
  const elements = n1 * n2;
  return {
    n1,
    n2,
    o1: 4,
    o2: n2 > 1 ? 4 : 1,
    polarizations,
    elements,
    count: polarizations * elements,
    columnsFirst: columns >= rows,
  };
}

/**
 * The beam v_{l,m} over the antennas of one polarisation: element (n1, n2) is
 * `exp(j 2 pi (l n1 / (O1 N1) + m n2 / (O2 N2)))`, norm sqrt(N1 N2).
 */
export function beam({ n1, n2, o1, o2, columnsFirst }: Ports, l: number, m: number): ComplexArray {
  const re = new Float64Array(n1 * n2);
  const im = new Float64Array(n1 * n2);
  for (let y = 0; y < n2; y++) {
    for (let x = 0; x < n1; x++) {
      const turns = ((l * x) % (o1 * n1)) / (o1 * n1) + ((m * y) % (o2 * n2)) / (o2 * n2);
      const place = columnsFirst ? y * n1 + x : x * n2 + y;
      re[place] = Math.cos(2 * Math.PI * turns);
      im[place] = Math.sin(2 * Math.PI * turns);
    }
  }
  return { re, im };
}
