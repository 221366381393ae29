// The loops of eq. 9 for one sample in WebAssembly, two numbers at a time: distance maps and
// sums of exponentials. Every number is computed in the order of the plain code, so that the
// bits are the same; where WebAssembly is not to be had, the plain code runs.
import { type Code, compileWasm, type WasmFunction, wasm } from "@csi-feedback/common";
import { leastExponent, log2Parts, roundingShift, seriesOfExp } from "./exponential";
import type { ChannelShape, ResolvedOptions } from "./options";

/** What {@link simdKernel} works on: sizes of a sample and of its padded copy. */
export interface SampleGeometry {
  readonly planes: number;
  readonly delays: number;
  readonly antennas: number;
  readonly offsets: number;
  /** Width of the border that a patch has around its centre. */
  readonly border: 0 | 1;
  /** Rows and columns around the sample that neighbours and borders reach. */
  readonly reach: number;
}

/** The loops over one sample, on arrays of their own. */
export interface SampleKernel {
  /** `[planes, delays + 2 reach, antennas + 2 reach]`. */
  readonly padded: Float64Array;
  /** `[offsets, delays, antennas]`. */
  readonly maps: Float64Array;
  /** Smallest distance of every element, and its sum of `exp(factor (distance - smallest))`. */
  readonly smallest: Float64Array;
  readonly sums: Float64Array;
  /** Fills map `r` with the distances to the neighbours at a shift in the padded copy. */
  distances(r: number, shift: number): void;
  /** Fills `smallest` and `sums` for a factor that is not positive. */
  exponentials(factor: number): void;
}

/** Sizes of a sample under settings. */
export function geometryOf(shape: ChannelShape, { offsets, patch }: ResolvedOptions): SampleGeometry {
  const [, planes, delays, antennas] = shape;
  const border = patch === 3 ? 1 : 0;
  const reach = Math.max(...offsets.flat().map(Math.abs)) + border;
  return { planes, delays, antennas, offsets: offsets.length, border, reach };
}

const { get, set, integer, addIntegers, loop, load, store, pair, add, sub, mul } = wasm;

/** Where the arrays begin in memory [bytes]; each has room for a pair that reaches past its end. */
function layoutOf({ planes, delays, antennas, offsets, border, reach }: SampleGeometry) {
  let end = 0;
  const place = (count: number) => {
    const start = end;
    end += 8 * (count + 2);
    return start;
  };
  const [height, width] = [delays + 2 * reach, antennas + 2 * reach];
  const [rows, columns] = [delays + 2 * border, antennas + 2 * border];
  const size = delays * antennas;
  return {
    padded: place(planes * height * width),
    squares: place(rows * columns),
    rowSums: place(rows * antennas),
    smallest: place(size),
    sums: place(size),
    maps: place(offsets * size),
    end: () => end,
  };
}

/** `distances(to, shift)`: addresses of a map and, relative to an element, of its neighbour. */
function distancesFunction(geometry: SampleGeometry): WasmFunction {
  const { planes, delays, antennas, border, reach } = geometry;
  const layout = layoutOf(geometry);
  const [height, width] = [delays + 2 * reach, antennas + 2 * reach];
  const [rows, columns] = [delays + 2 * border, antennas + 2 * border];
  const [to, shift, row, from, at, end, difference] = [0, 1, 2, 3, 4, 5, 6];
  const square = (plane: number): Code => {
    const start = layout.padded + 8 * ((plane * height + reach - border) * width + reach - border);
    const neighbour = addIntegers(addIntegers(get(from), get(shift)), integer(start));
    const value = sub(load(get(from), start), load(neighbour, 0));
    return [...set(difference, value), ...mul(get(difference), get(difference))];
  };
  const total = Array.from({ length: planes }, (_, plane) =>
    plane === 0 ? square(plane) : add([], square(plane)),
  ).flat();
  /** For every row: `at` runs over the row's elements, `from` over those of another array. */
  const overRows = (count: number, length: number, toRow: number, fromRow: number, body: Code): Code => [
    ...set(row, integer(0)),
    ...set(at, integer(0)),
    ...loop(row, 1, integer(count), [
      ...set(from, [...get(row), ...integer(8 * fromRow), 0x6c]),
      ...set(at, [...get(row), ...integer(8 * toRow), 0x6c]),
      ...set(end, addIntegers(get(at), integer(8 * length))),
      ...loop(at, 16, get(end), [...body, ...set(from, addIntegers(get(from), integer(16)))]),
    ]),
  ];
  if (border === 0) {
    const place = addIntegers(get(at), get(to));
    const body = store(place, 0, total);
    return {
      name: "distances",
      parameters: ["integer", "integer"],
      variables: ["integer", "integer", "integer", "integer", "pair"],
      code: overRows(rows, columns, columns, width, body),
    };
  }
  const sumOf = (start: number, steps: number[]) =>
    steps.map((step) => load(get(from), start + 8 * step)).reduce((a, b) => add(a, b));
  const size = 8 * delays * antennas;
  return {
    name: "distances",
    parameters: ["integer", "integer"],
    variables: ["integer", "integer", "integer", "integer", "pair"],
    code: [
      ...overRows(rows, columns, columns, width, store(get(at), layout.squares, total)),
      ...overRows(
        rows,
        antennas,
        antennas,
        columns,
        store(get(at), layout.rowSums, sumOf(layout.squares, [0, 1, 2])),
      ),
      ...set(from, integer(0)),
      ...loop(
        from,
        16,
        integer(size),
        store(addIntegers(get(from), get(to)), 0, sumOf(layout.rowSums, [0, antennas, 2 * antennas])),
      ),
    ],
  };
}

/** `exponentials(factor)`. */
function exponentialsFunction(geometry: SampleGeometry): WasmFunction {
  const layout = layoutOf(geometry);
  const size = 8 * geometry.delays * geometry.antennas;
  const maps = Array.from({ length: geometry.offsets }, (_, r) => layout.maps + r * size);
  const [at, factor, smallest, sum, x, power, rest] = [1, 2, 3, 4, 5, 6, 7];
  const series = seriesOfExp
    .slice(0, -1)
    .reduceRight((value: Code, term) => add(mul(value, get(rest)), pair(term)), pair(seriesOfExp.at(-1)!));
  const exponential = (map: number): Code => [
    ...set(x, mul(get(factor), sub(load(get(at), map), get(smallest)))),
    ...set(x, wasm.max(get(x), pair(leastExponent))),
    ...set(power, add(mul(get(x), pair(Math.LOG2E)), pair(roundingShift))),
    ...set(rest, sub(get(power), pair(roundingShift))),
    ...set(rest, sub(sub(get(x), mul(get(rest), pair(log2Parts[0]))), mul(get(rest), pair(log2Parts[1])))),
    // The integer in the lowest bits becomes the exponent of a power of two.
    ...set(power, wasm.addBits(wasm.shiftBits(get(power), 52), pair(1))),
    ...set(sum, add(get(sum), mul(series, get(power)))),
  ];
  return {
    name: "exponentials",
    parameters: ["float"],
    variables: ["integer", "pair", "pair", "pair", "pair", "pair", "pair"],
    code: [
      ...set(factor, wasm.twice(get(0))),
      ...loop(at, 16, integer(size), [
        ...set(
          smallest,
          maps.map((map) => load(get(at), map)).reduce((a, b) => wasm.min(a, b)),
        ),
        ...set(sum, pair(0)),
        ...maps.flatMap(exponential),
        ...store(get(at), layout.smallest, get(smallest)),
        ...store(get(at), layout.sums, get(sum)),
      ]),
    ],
  };
}

function compile(geometry: SampleGeometry): SampleKernel | undefined {
  const layout = layoutOf(geometry);
  const functions = [distancesFunction(geometry), exponentialsFunction(geometry)];
  const compiled = compileWasm(functions, layout.end());
  if (compiled === undefined) return undefined;
  const { planes, delays, antennas, offsets, reach } = geometry;
  const size = delays * antennas;
  const view = (start: number, count: number) => new Float64Array(compiled.memory, start, count);
  const { distances, exponentials } = compiled.functions;
  return {
    padded: view(layout.padded, planes * (delays + 2 * reach) * (antennas + 2 * reach)),
    maps: view(layout.maps, offsets * size),
    smallest: view(layout.smallest, size),
    sums: view(layout.sums, size),
    distances: (r, shift) => distances!(layout.maps + 8 * r * size, 8 * shift),
    exponentials: (factor) => exponentials!(factor),
  };
}

const kept = 8;
const kernels = new Map<string, SampleKernel | undefined>();

/** The loops for a geometry; the last few are kept. Undefined where WebAssembly is not to be had. */
export function simdKernel(geometry: SampleGeometry): SampleKernel | undefined {
  const key = Object.values(geometry).join();
  if (!kernels.has(key)) {
    if (kernels.size >= kept) kernels.delete(kernels.keys().next().value as string);
    kernels.set(key, compile(geometry));
  }
  return kernels.get(key);
}
