// What a kernel is here: a function from values and attributes to values, which
// only records.
import type { Graph, Value } from "../graph";
import type { Operations } from "../operations";

/** What a kernel is called with. */
export interface KernelCall {
  readonly graph: Graph;
  readonly ops: Operations;
  /** The named input. */
  input(name: string): Value;
  /** The named input, where it is given. */
  optional(name: string): Value | undefined;
  /** All inputs, for kernels that take a list. */
  readonly list: readonly Value[];
  /** The kernel's attributes. */
  attributes<T>(): T;
}

/** Records one tfjs kernel. */
export type Kernel = (call: KernelCall) => Value | readonly Value[];

/** Kernels by tfjs kernel name. */
export type KernelTable = Readonly<Record<string, Kernel>>;

/** Axes as a sorted list of numbers that are not negative; undefined is all. */
export function axesOf(axis: number | readonly number[] | undefined | null, rank: number): number[] {
  const axes =
    axis === undefined || axis === null ? Array.from({ length: rank }, (_, i) => i) : [axis].flat();
  return [...new Set(axes.map((value) => (value < 0 ? value + rank : value)))].sort((a, b) => a - b);
}
