// The residual of a search in single precision: what is left of a channel, its products
// with kernels, and atoms put in and taken out.
import { allocateKernels, type Block, type MatrixKernels } from "./kernels/matrix-kernels";
import type { PathList } from "./path-list";
import type { Planes, Window } from "./window";

/** Angle cells per antenna: whole beams and those between. */
export function angleCellsPerAntenna({ rows, columns }: Window): number {
  return (rows === 1 ? 1 : 2) * (columns === 1 ? 1 : 2);
}

/** Whole multiples of four, which the kernels need. */
export function padded(length: number): number {
  return 4 * Math.ceil(length / 4);
}

type BlockName =
  | "channelRe"
  | "channelIm"
  | "residualRe"
  | "residualIm"
  | "oldDelay"
  | "oldAngle"
  | "newDelay"
  | "newAngle"
  | "delayRe"
  | "delayIm"
  | "angleRe"
  | "angleIm"
  | "gridRe"
  | "gridIm"
  | "delayTable"
  | "angleTable"
  | "angleColumns"
  | "delayProducts"
  | "angleProducts"
  | "unused";

/** A channel, what is left of it, and the space for products with it. */
export class SearchField {
  readonly window: Window;
  readonly kernels: MatrixKernels;
  readonly blocks: Readonly<Record<BlockName, Block>>;
  /** Floats from one row of a plane to the next. */
  readonly stride: number;
  /** Products of the residual with an angle kernel, `[delays]`, and with a delay kernel, `[antennas]`. */
  readonly delayRe: Float32Array;
  readonly delayIm: Float32Array;
  readonly angleRe: Float32Array;
  readonly angleIm: Float32Array;

  constructor(window: Window, usePlain?: boolean) {
    this.window = window;
    const { delays, antennas } = window;
    this.stride = padded(antennas);
    const plane = delays * this.stride;
    const delayCells = 2 * delays + 1;
    const angleCells = this.stride * angleCellsPerAntenna(window);
    const { kernels, blocks } = allocateKernels<BlockName>(
      {
        channelRe: plane,
        channelIm: plane,
        residualRe: plane,
        residualIm: plane,
        oldDelay: delays,
        oldAngle: antennas,
        newDelay: delays,
        newAngle: antennas,
        delayRe: delays,
        delayIm: delays,
        angleRe: antennas,
        angleIm: antennas,
        gridRe: delayCells * angleCells,
        gridIm: delayCells * angleCells,
        delayTable: (delays + 1) * padded(delays),
        angleTable: (angleCells - this.stride) * this.stride,
        angleColumns: antennas * (angleCells - this.stride),
        delayProducts: delayCells,
        angleProducts: angleCells,
        unused: Math.max(delayCells, angleCells),
      },
      usePlain,
    );
    this.kernels = kernels;
    this.blocks = blocks;
    this.delayRe = blocks.delayRe.values;
    this.delayIm = blocks.delayIm.values;
    this.angleRe = blocks.angleRe.values;
    this.angleIm = blocks.angleIm.values;
  }

  /** Takes a channel in; the residual becomes the channel. Its energy should be near 1: powers must fit a float. */
  load(channel: Planes): void {
    const { channelRe, channelIm } = this.blocks;
    const { delays, antennas } = this.window;
    for (let d = 0, i = 0; d < delays; d++) {
      for (let a = 0, at = d * this.stride; a < antennas; a++, i++, at++) {
        channelRe.values[at] = channel.re[i];
        channelIm.values[at] = channel.im[i];
      }
    }
    this.#restore();
  }

  #restore(): void {
    const { channelRe, channelIm, residualRe, residualIm } = this.blocks;
    residualRe.values.set(channelRe.values);
    residualIm.values.set(channelIm.values);
  }

  /** Makes the residual the channel minus all paths, anew. */
  restart(paths: PathList): void {
    this.#restore();
    for (let k = 0; k < paths.count; k++) this.add(paths, k, -paths.gainsRe[k], -paths.gainsIm[k]);
  }

  /** Adds `gain` times path `k`'s atom to the residual. */
  add(paths: PathList, k: number, gainRe: number, gainIm: number): void {
    const { residualRe, residualIm, newDelay, newAngle } = this.blocks;
    const { delays } = this.window;
    this.setNew(paths, k);
    this.kernels.addAtom(
      residualRe.at,
      residualIm.at,
      gainRe,
      gainIm,
      newDelay.at,
      newAngle.at,
      delays,
      this.stride,
    );
  }

  /** Energy of the residual. */
  energy(): number {
    const { residualRe, residualIm } = this.blocks;
    const re = residualRe.values;
    const im = residualIm.values;
    let energy = 0;
    for (let i = 0; i < re.length; i++) energy += re[i] * re[i] + im[i] * im[i];
    return energy;
  }

  /** Inner products of the residual with every path's atom. */
  project(paths: PathList, re: Float64Array, im: Float64Array): void {
    const { angleKernels } = paths;
    const { antennas } = this.window;
    for (let k = 0; k < paths.count; k++) {
      this.setNew(paths, k);
      this.alongAngles();
      let sumRe = 0;
      let sumIm = 0;
      for (let a = 0, at = k * antennas; a < antennas; a++, at++) {
        sumRe += angleKernels[at] * this.angleRe[a];
        sumIm += angleKernels[at] * this.angleIm[a];
      }
      re[k] = sumRe;
      im[k] = sumIm;
    }
  }

  /** Makes path `k`'s kernels the new ones. */
  setNew(paths: PathList, k: number): void {
    this.setNewDelay(paths, k);
    this.setNewAngle(paths, k);
  }

  setNewDelay({ delayKernels }: PathList, k: number): void {
    copy(delayKernels, k * this.window.delays, this.blocks.newDelay.values, this.window.delays);
  }

  setNewAngle({ angleKernels }: PathList, k: number): void {
    copy(angleKernels, k * this.window.antennas, this.blocks.newAngle.values, this.window.antennas);
  }

  /** Makes path `k`'s kernels the old ones. */
  setOld({ delayKernels, angleKernels }: PathList, k: number): void {
    const { delays, antennas } = this.window;
    copy(delayKernels, k * delays, this.blocks.oldDelay.values, delays);
    copy(angleKernels, k * antennas, this.blocks.oldAngle.values, antennas);
  }

  /** Contracts the residual with the new angle kernel: what is left along the delays. */
  alongDelays(): void {
    const { residualRe, residualIm, newAngle, delayRe, delayIm } = this.blocks;
    const { delays } = this.window;
    this.kernels.alongDelays(
      residualRe.at,
      residualIm.at,
      newAngle.at,
      delayRe.at,
      delayIm.at,
      delays,
      this.stride,
    );
  }

  /** Contracts the residual with the new delay kernel: what is left along the antennas. */
  alongAngles(): void {
    const { residualRe, residualIm, newDelay, angleRe, angleIm } = this.blocks;
    const { delays } = this.window;
    this.kernels.alongAngles(
      residualRe.at,
      residualIm.at,
      newDelay.at,
      angleRe.at,
      angleIm.at,
      delays,
      this.stride,
    );
  }

  /** Puts the old atom back into the residual and takes the new one out. */
  replace(oldRe: number, oldIm: number, newRe: number, newIm: number): void {
    const { residualRe, residualIm, oldDelay, oldAngle, newDelay, newAngle } = this.blocks;
    this.kernels.replaceAtom(
      residualRe.at,
      residualIm.at,
      -oldRe,
      -oldIm,
      oldDelay.at,
      oldAngle.at,
      -newRe,
      -newIm,
      newDelay.at,
      newAngle.at,
      this.window.delays,
      this.stride,
    );
  }
}

function copy(from: Float64Array, offset: number, to: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) to[i] = from[offset + i];
}
