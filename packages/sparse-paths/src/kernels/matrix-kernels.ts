// The few products that the search spends its time on, in WebAssembly with four elements
// at a time, or in plain TypeScript where an engine has none. Single precision; what needs
// more (Gram matrices, gains, Newton steps) stays outside.
import { compiledKernels } from "./module";
import { plainKernels } from "./plain";

/**
 * Products of complex matrices in two planes with real kernels, in one memory. Addresses count bytes;
 * strides and lengths count floats and are multiples of four; matrices are `[rows, stride]`.
 */
export interface MatrixKernels {
  readonly memory: { readonly buffer: ArrayBufferLike };
  /** out[d] = sum over a of matrix[d, a] kernel[a]. */
  alongDelays(
    re: number,
    im: number,
    kernel: number,
    outRe: number,
    outIm: number,
    rows: number,
    stride: number,
  ): void;
  /** out[a] = sum over d of kernel[d] matrix[d, a]. */
  alongAngles(
    re: number,
    im: number,
    kernel: number,
    outRe: number,
    outIm: number,
    rows: number,
    stride: number,
  ): void;
  /** matrix[d, a] += gain delayKernel[d] angleKernel[a]. */
  addAtom(
    re: number,
    im: number,
    gainRe: number,
    gainIm: number,
    delayKernel: number,
    angleKernel: number,
    rows: number,
    stride: number,
  ): void;
  /** The same for two atoms in one pass: the first is taken away, the second added. */
  replaceAtom(
    re: number,
    im: number,
    oldRe: number,
    oldIm: number,
    oldDelay: number,
    oldAngle: number,
    newRe: number,
    newIm: number,
    newDelay: number,
    newAngle: number,
    rows: number,
    stride: number,
  ): void;
  /** out[r, c] = sum over k of left[r, k] right[k, c], for the first `columns` of longer rows. */
  multiply(
    left: number,
    right: number,
    out: number,
    rows: number,
    inner: number,
    columns: number,
    leftStride: number,
    rightStride: number,
    outStride: number,
  ): void;
  /** Index of the element of largest power. */
  peak(re: number, im: number, rows: number, stride: number): number;
}

const PAGE = 65536;
/** Addresses from here on are the caller's. */
const FIRST = 1024;

/** Named arrays in a memory of their own: address for the kernels, values for everyone else. */
export interface Block {
  readonly at: number;
  readonly values: Float32Array;
}

/** The part of WebAssembly's interface that is used; the compiler's library for Node declares none. */
interface Engine {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

const engine = (globalThis as { WebAssembly?: Engine }).WebAssembly;
let compiled: object | undefined | null;

/** The compiled kernels, where this engine can run them. */
function compile(): object | null {
  if (compiled === undefined) {
    try {
      const bytes = compiledKernels();
      compiled = engine?.validate(bytes) ? new engine.Module(bytes) : null;
    } catch {
      // A page may forbid WebAssembly.
      compiled = null;
    }
  }
  return compiled;
}

/**
 * Kernels with a block of zeros for each name, of at least as many floats as asked for.
 *
 * @param usePlain - keeps away from WebAssembly even where there is one.
 */
export function allocateKernels<Name extends string>(
  lengths: Readonly<Record<Name, number>>,
  usePlain = false,
): { kernels: MatrixKernels; blocks: Readonly<Record<Name, Block>> } {
  const names = Object.keys(lengths) as Name[];
  const padded = (name: Name) => 4 * Math.ceil(lengths[name] / 4);
  const bytes = FIRST + 4 * names.reduce((sum, name) => sum + padded(name), 0);
  const pages = Math.ceil(bytes / PAGE);
  let kernels: MatrixKernels;
  const module = usePlain ? null : compile();
  if (!module || !engine) kernels = plainKernels(pages * PAGE);
  else {
    kernels = new engine.Instance(module).exports as MatrixKernels;
    (kernels.memory as unknown as { grow(pages: number): void }).grow(pages);
  }
  const blocks: Partial<Record<Name, Block>> = {};
  let at = FIRST;
  for (const name of names) {
    blocks[name] = { at, values: new Float32Array(kernels.memory.buffer, at, padded(name)) };
    at += 4 * padded(name);
  }
  return { kernels, blocks: blocks as Record<Name, Block> };
}
