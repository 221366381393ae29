// Both convolutions of f_EN at one element in WebAssembly, two numbers at a time, in the order
// of the plain code: the same bits. Where WebAssembly is not to be had, the plain code runs.
import { compileWasm, type WasmFunction, wasm } from "@csi-feedback/common";
import type { ElementKernel, ElementWeights } from "./image";

const { get, set, integer, loop, load, store, pair, add, mul } = wasm;

// Where the arrays begin in memory [bytes].
const inputsAt = 0;
const sharesAt = 8 * 18;
const mapsAt = 2 * 8 * 18;

/** Feature maps in pairs, an odd last one beside a map of zeros. */
function layoutOf(features: number) {
  const padded = features + (features % 2);
  const offsets = mapsAt + 8 * padded;
  const first = offsets + 8 * padded;
  const second = first + 8 * 18 * padded;
  return { offsets, first, second, end: second + 8 * 18 * features };
}

function elementFunction(features: number, slope: number): WasmFunction {
  const { offsets, first, second } = layoutOf(features);
  const [map, weight, value] = [0, 1, 2];
  const input = (tap: number) => 3 + tap;
  const share = (index: number) => 21 + index;
  const product = (tap: number) => mul(load(get(weight), first + 16 * tap), get(input(tap)));
  const sum = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => product(from + index)).reduce((a, b) => add(a, b));
  const total = add(
    load(get(map), offsets),
    add(add(sum(0, 5), sum(5, 9)), add(sum(9, 13), add(sum(13, 17), product(17)))),
  );
  const maps = [
    ...set(weight, integer(0)),
    ...set(map, integer(0)),
    ...loop(map, 16, integer(8 * features), [
      ...set(value, total),
      ...store(
        get(map),
        mapsAt,
        wasm.selectAtLeast(get(value), pair(0), get(value), mul(get(value), pair(slope))),
      ),
      ...set(weight, wasm.addIntegers(get(weight), integer(16 * 18))),
    ]),
  ];
  const pairs = Array.from({ length: 9 }, (_, index) => index);
  const shares = [
    ...set(weight, integer(0)),
    ...set(map, integer(0)),
    ...loop(map, 8, integer(8 * features), [
      ...set(value, wasm.loadTwice(get(map), mapsAt)),
      ...pairs.flatMap((index) =>
        set(share(index), add(get(share(index)), mul(load(get(weight), second + 16 * index), get(value)))),
      ),
      ...set(weight, wasm.addIntegers(get(weight), integer(8 * 18))),
    ]),
  ];
  const taps = Array.from({ length: 18 }, (_, tap) => tap);
  return {
    name: "element",
    parameters: [],
    variables: ["integer", "integer", ...new Array<"pair">(1 + 18 + 9).fill("pair")],
    code: [
      ...taps.flatMap((tap) => set(input(tap), wasm.loadTwice(integer(0), inputsAt + 8 * tap))),
      ...maps,
      ...shares,
      ...pairs.flatMap((index) => store(integer(0), sharesAt + 16 * index, get(share(index)))),
    ],
  };
}

/** The kernel of some weights, or undefined where WebAssembly is not to be had. */
export function simdElement(weights: ElementWeights, slope: number): ElementKernel | undefined {
  const features = weights.firstOffset.length;
  const layout = layoutOf(features);
  const compiled = compileWasm([elementFunction(features, slope)], layout.end);
  if (compiled === undefined) return undefined;
  const view = (start: number, count: number) => new Float64Array(compiled.memory, start, count);
  view(layout.offsets, features).set(weights.firstOffset);
  const first = view(layout.first, 18 * (features + (features % 2)));
  for (const [index, weight] of weights.first.entries()) {
    const [map, tap] = [Math.floor(index / 18), index % 18];
    first[2 * (18 * (map >> 1) + tap) + (map & 1)] = weight;
  }
  const second = view(layout.second, 18 * features);
  for (const [index, weight] of weights.second.entries()) {
    const [plane, map] = [Math.floor(index / (9 * features)), Math.floor(index / 9) % features];
    second[18 * map + 9 * plane + (index % 9)] = weight;
  }
  return { inputs: view(inputsAt, 18), shares: view(sharesAt, 18), run: compiled.functions.element! };
}
