// All parameters of all paths at once: delays, angles and complex gains, moved together by
// Levenberg-Marquardt steps towards the least residual. Separable kernels make every inner
// product of two columns of the Jacobian a product of two short ones. No search, no bits.
import { Cholesky, type Planes, type WindowKernels } from "@csi-feedback/sparse-paths/parts";

/** Coordinates and gains of paths in one window of a linear array. */
export interface Paths {
  /** [taps] */
  readonly delays: Float64Array;
  /** [bins] */
  readonly columns: Float64Array;
  readonly gainsRe: Float64Array;
  readonly gainsIm: Float64Array;
}

export function pathsOf(count: number): Paths {
  return {
    delays: new Float64Array(count),
    columns: new Float64Array(count),
    gainsRe: new Float64Array(count),
    gainsIm: new Float64Array(count),
  };
}

/** The paths of an estimator's list. */
export function pathsIn({ count, delays, columns, gainsRe, gainsIm }: Paths & { count: number }): Paths {
  return {
    delays: delays.slice(0, count),
    columns: columns.slice(0, count),
    gainsRe: gainsRe.slice(0, count),
    gainsIm: gainsIm.slice(0, count),
  };
}

export function copyOf(paths: Paths): Paths {
  return {
    delays: paths.delays.slice(),
    columns: paths.columns.slice(),
    gainsRe: paths.gainsRe.slice(),
    gainsIm: paths.gainsIm.slice(),
  };
}

/** Parameters of a path, in the order of the Jacobian's columns: along the gain, across it, delay, angle. */
export const PARAMETERS = 4;

/** Kernels of paths and their slopes at the current coordinates. */
export class Atoms {
  count: number;
  readonly #kernels: WindowKernels;
  /** `[count, delays]`, `[count, antennas]`. */
  delay: Float64Array;
  delaySlope: Float64Array;
  angle: Float64Array;
  angleSlope: Float64Array;
  readonly #value: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;

  constructor(kernels: WindowKernels, count: number) {
    const { delays, antennas } = kernels.window;
    this.#kernels = kernels;
    this.count = count;
    this.delay = new Float64Array(count * delays);
    this.delaySlope = new Float64Array(count * delays);
    this.angle = new Float64Array(count * antennas);
    this.angleSlope = new Float64Array(count * antennas);
    const longest = Math.max(delays, antennas);
    this.#value = new Float64Array(longest);
    this.#first = new Float64Array(longest);
    this.#second = new Float64Array(longest);
  }

  place(k: number, delay: number, column: number): void {
    const { delays, antennas } = this.#kernels.window;
    this.#kernels.delay.derivatives(delay, this.#value, this.#first, this.#second);
    for (let m = 0; m < delays; m++) {
      this.delay[k * delays + m] = this.#value[m];
      this.delaySlope[k * delays + m] = this.#first[m];
    }
    this.#kernels.column.derivatives(column, this.#value, this.#first, this.#second);
    for (let m = 0; m < antennas; m++) {
      this.angle[k * antennas + m] = this.#value[m];
      this.angleSlope[k * antennas + m] = this.#first[m];
    }
  }

  /** The first atoms alone, in the same memory. */
  first(count: number): Atoms {
    const { delays, antennas } = this.#kernels.window;
    const head = new Atoms(this.#kernels, 0);
    head.count = count;
    head.delay = this.delay.subarray(0, count * delays);
    head.delaySlope = this.delaySlope.subarray(0, count * delays);
    head.angle = this.angle.subarray(0, count * antennas);
    head.angleSlope = this.angleSlope.subarray(0, count * antennas);
    return head;
  }

  /** Energy of atom `k`. */
  norm(k: number): number {
    const { delays, antennas } = this.#kernels.window;
    let along = 0;
    for (let i = k * delays; i < (k + 1) * delays; i++) along += this.delay[i] ** 2;
    let across = 0;
    for (let i = k * antennas; i < (k + 1) * antennas; i++) across += this.angle[i] ** 2;
    return along * across;
  }

  placeAll({ delays, columns }: Paths): void {
    for (let k = 0; k < this.count; k++) this.place(k, delays[k], columns[k]);
  }

  /** Adds `gain` times atom `k` to a channel. */
  add(k: number, gainRe: number, gainIm: number, { re, im }: Planes): void {
    const { delays, antennas } = this.#kernels.window;
    for (let d = 0, i = 0; d < delays; d++) {
      const weightRe = gainRe * this.delay[k * delays + d];
      const weightIm = gainIm * this.delay[k * delays + d];
      for (let a = k * antennas; a < (k + 1) * antennas; a++, i++) {
        re[i] += weightRe * this.angle[a];
        im[i] += weightIm * this.angle[a];
      }
    }
  }

  /** Inner products of a channel with atom `k`, its slope along delays and its slope along angles: re, im each. */
  project(k: number, { re, im }: Planes, out: Float64Array): void {
    const { delays, antennas } = this.#kernels.window;
    out.fill(0);
    for (let d = 0, i = 0; d < delays; d++) {
      let valueRe = 0;
      let valueIm = 0;
      let slopeRe = 0;
      let slopeIm = 0;
      for (let a = k * antennas; a < (k + 1) * antennas; a++, i++) {
        valueRe += this.angle[a] * re[i];
        valueIm += this.angle[a] * im[i];
        slopeRe += this.angleSlope[a] * re[i];
        slopeIm += this.angleSlope[a] * im[i];
      }
      const weight = this.delay[k * delays + d];
      const slope = this.delaySlope[k * delays + d];
      out[0] += weight * valueRe;
      out[1] += weight * valueIm;
      out[2] += slope * valueRe;
      out[3] += slope * valueIm;
      out[4] += weight * slopeRe;
      out[5] += weight * slopeIm;
    }
  }

  /**
   * Real inner products of the columns of paths `k` and `l`, row by row: each path's columns are e^(j phi) A,
   * j e^(j phi) A, g dA/d(delay), g dA/d(angle), with phi the phase of its gain g. Written at `out[0..15]`.
   */
  products(k: number, l: number, gains: PolarGains, out: Float64Array): void {
    const { delays, antennas } = this.#kernels.window;
    let d00 = 0;
    let d01 = 0;
    let d10 = 0;
    let d11 = 0;
    for (let i = k * delays, j = l * delays; i < (k + 1) * delays; i++, j++) {
      d00 += this.delay[i] * this.delay[j];
      d01 += this.delay[i] * this.delaySlope[j];
      d10 += this.delaySlope[i] * this.delay[j];
      d11 += this.delaySlope[i] * this.delaySlope[j];
    }
    let a00 = 0;
    let a01 = 0;
    let a10 = 0;
    let a11 = 0;
    for (let i = k * antennas, j = l * antennas; i < (k + 1) * antennas; i++, j++) {
      a00 += this.angle[i] * this.angle[j];
      a01 += this.angle[i] * this.angleSlope[j];
      a10 += this.angleSlope[i] * this.angle[j];
      a11 += this.angleSlope[i] * this.angleSlope[j];
    }
    // conj(e^(j phi_k)) e^(j phi_l)
    const re = gains.cosine[k] * gains.cosine[l] + gains.sine[k] * gains.sine[l];
    const im = gains.cosine[k] * gains.sine[l] - gains.sine[k] * gains.cosine[l];
    const mk = gains.magnitude[k];
    const ml = gains.magnitude[l];
    const s = d00 * a00;
    const toDelay = ml * d01 * a00;
    const toAngle = ml * d00 * a01;
    const fromDelay = mk * d10 * a00;
    const fromAngle = mk * d00 * a10;
    out[0] = re * s;
    out[1] = -im * s;
    out[2] = re * toDelay;
    out[3] = re * toAngle;
    out[4] = im * s;
    out[5] = re * s;
    out[6] = im * toDelay;
    out[7] = im * toAngle;
    out[8] = re * fromDelay;
    out[9] = -im * fromDelay;
    out[10] = re * mk * ml * d11 * a00;
    out[11] = re * mk * ml * d10 * a01;
    out[12] = re * fromAngle;
    out[13] = -im * fromAngle;
    out[14] = re * mk * ml * d01 * a10;
    out[15] = re * mk * ml * d00 * a11;
  }
}

/** Gains in polar form. */
export interface PolarGains {
  readonly magnitude: Float64Array;
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
}

export function polarOf({ gainsRe, gainsIm }: Paths): PolarGains {
  const magnitude = gainsRe.map((re, k) => Math.max(1e-300, Math.hypot(re, gainsIm[k])));
  return {
    magnitude,
    cosine: gainsRe.map((re, k) => re / magnitude[k]),
    sine: gainsIm.map((im, k) => im / magnitude[k]),
  };
}

export function energyOf({ re, im }: Planes): number {
  let energy = 0;
  for (let i = 0; i < re.length; i++) energy += re[i] * re[i] + im[i] * im[i];
  return energy;
}

/** The channel minus all paths. */
export function residualOf(channel: Planes, paths: Paths, atoms: Atoms): Planes {
  const rest = { re: channel.re.slice(), im: channel.im.slice() };
  for (let k = 0; k < atoms.count; k++) atoms.add(k, -paths.gainsRe[k], -paths.gainsIm[k], rest);
  return rest;
}

/** When {@link fitJointly} stops. */
export interface FitLimits {
  /** Most steps tried. */
  readonly steps: number;
  /** Ends once a step takes less than this share of the residual away. */
  readonly gain: number;
  /**
   * Energy that a path's gain costs for each neper that its power grows: what its bits are worth. Keeps paths that are
   * hardly told apart from growing against each other. Default 0.
   */
  readonly price?: number;
}

/** Gram matrix of all columns of the Jacobian. */
export function gramOf(atoms: Atoms, gains: PolarGains): Cholesky {
  const gram = new Cholesky(PARAMETERS * atoms.count);
  const block = new Float64Array(PARAMETERS * PARAMETERS);
  for (let k = 0; k < atoms.count; k++) {
    for (let l = 0; l <= k; l++) {
      atoms.products(k, l, gains, block);
      for (let p = 0; p < PARAMETERS; p++) {
        for (let q = 0; q < (l < k ? PARAMETERS : p + 1); q++) {
          gram.set(PARAMETERS * k + p, PARAMETERS * l + q, block[PARAMETERS * p + q]);
        }
      }
    }
  }
  return gram;
}

/** Inner products of a channel with all columns of the Jacobian. */
export function gradientOf(channel: Planes, atoms: Atoms, gains: PolarGains): Float64Array {
  const gradient = new Float64Array(PARAMETERS * atoms.count);
  const projected = new Float64Array(6);
  for (let k = 0; k < atoms.count; k++) {
    atoms.project(k, channel, projected);
    const { cosine, sine, magnitude } = gains;
    const along = (i: number) => cosine[k] * projected[i] + sine[k] * projected[i + 1];
    gradient[PARAMETERS * k] = along(0);
    gradient[PARAMETERS * k + 1] = cosine[k] * projected[1] - sine[k] * projected[0];
    gradient[PARAMETERS * k + 2] = magnitude[k] * along(2);
    gradient[PARAMETERS * k + 3] = magnitude[k] * along(4);
  }
  return gradient;
}

/** Longest move of a coordinate in one step [taps, bins]. */
const LONGEST_MOVE = 0.3;

/** What the gains cost: `price * sum ln(|g|^2 + price)`. */
function costOf({ gainsRe, gainsIm }: Paths, price: number): number {
  if (price === 0) return 0;
  let cost = 0;
  for (let k = 0; k < gainsRe.length; k++) cost += Math.log(gainsRe[k] ** 2 + gainsIm[k] ** 2 + price);
  return price * cost;
}

/** Moves all parameters of `paths` in place to a smaller residual and cheaper gains; gives the energy of the residual. */
export function fitJointly(channel: Planes, paths: Paths, kernels: WindowKernels, limits: FitLimits): number {
  const count = paths.delays.length;
  const { delays: taps } = kernels.window;
  const atoms = new Atoms(kernels, count);
  atoms.placeAll(paths);
  let residual = residualOf(channel, paths, atoms);
  const { price = 0 } = limits;
  let energy = energyOf(residual);
  let cost = costOf(paths, price);
  const least = 1e-15 * energyOf(channel);
  let damping = 1e-3;
  let gram: Cholesky | undefined;
  let gradient: Float64Array = new Float64Array(0);
  let gains = polarOf(paths);
  for (let step = 0; step < limits.steps && energy > least; step++) {
    if (gram === undefined) {
      gains = polarOf(paths);
      gram = gramOf(atoms, gains);
      gradient = gradientOf(residual, atoms, gains);
      for (let k = 0; k < count; k++) {
        const weight = price / (gains.magnitude[k] ** 2 + price);
        gradient[PARAMETERS * k] -= weight * gains.magnitude[k];
        for (let i = PARAMETERS * k; i < PARAMETERS * k + 2; i++) gram.set(i, i, gram.get(i, i) + weight);
      }
    }
    const damped = gram.copy();
    for (let i = 0; i < damped.size; i++) damped.set(i, i, damped.get(i, i) * (1 + damping) + 1e-300);
    damped.factor();
    const move = gradient.slice();
    damped.solve(move);
    const next = copyOf(paths);
    for (let k = 0; k < count; k++) {
      const along = move[PARAMETERS * k];
      const across = move[PARAMETERS * k + 1];
      next.gainsRe[k] += along * gains.cosine[k] - across * gains.sine[k];
      next.gainsIm[k] += along * gains.sine[k] + across * gains.cosine[k];
      const limit = (value: number) => Math.max(-LONGEST_MOVE, Math.min(LONGEST_MOVE, value));
      next.delays[k] = Math.min(
        taps - 1e-6,
        Math.max(-0.5, paths.delays[k] + limit(move[PARAMETERS * k + 2])),
      );
      next.columns[k] = paths.columns[k] + limit(move[PARAMETERS * k + 3]);
    }
    atoms.placeAll(next);
    const nextResidual = residualOf(channel, next, atoms);
    const nextEnergy = energyOf(nextResidual);
    const nextCost = costOf(next, price);
    if (nextEnergy + nextCost < energy + cost) {
      const gained = (energy + cost - nextEnergy - nextCost) / energy;
      paths.delays.set(next.delays);
      paths.columns.set(next.columns);
      paths.gainsRe.set(next.gainsRe);
      paths.gainsIm.set(next.gainsIm);
      residual = nextResidual;
      energy = nextEnergy;
      cost = nextCost;
      damping = Math.max(1e-12, damping / 5);
      gram = undefined;
      if (gained < limits.gain) break;
    } else {
      damping *= 8;
      if (damping > 1e6) break;
      atoms.placeAll(paths);
    }
  }
  wrapAngles(paths, kernels);
  return energy;
}

/** Brings angles back to the circle. The kernel of an even number of antennas changes sign each time around. */
function wrapAngles(paths: Paths, { window: { columns } }: WindowKernels): void {
  for (const [k, column] of paths.columns.entries()) {
    const turns = Math.floor(column / columns);
    paths.columns[k] = column - turns * columns;
    if (columns % 2 === 0 && turns % 2 !== 0) {
      paths.gainsRe[k] = -paths.gainsRe[k];
      paths.gainsIm[k] = -paths.gainsIm[k];
    }
  }
}
