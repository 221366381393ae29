// A small function, compiled and run.
import { afterEach, expect, test, vi } from "vitest";
import { compileWasm, type WasmFunction, wasm } from "./wasm";

afterEach(() => vi.unstubAllGlobals());

const { get, loop, integer, load, loadTwice, store, pair, add, mul } = wasm;

/** y = first x + 3 over 300 numbers, which stand behind `first` and behind each other. */
const scale: WasmFunction = {
  name: "scale",
  parameters: ["float"],
  variables: ["integer"],
  code: loop(
    1,
    16,
    integer(8 * 300),
    store(
      get(1),
      16 + 2400,
      add(mul(mul(load(get(1), 16), loadTwice(integer(0), 0)), wasm.twice(get(0))), pair(3)),
    ),
  ),
};

test("computes over its memory", () => {
  const instance = compileWasm([scale], 70_000);
  const numbers = new Float64Array(instance?.memory as ArrayBuffer);
  expect(numbers.length).toBe((2 * 65536) / 8);
  numbers[0] = 0.5;
  for (let i = 0; i < 300; i++) numbers[2 + i] = i;
  instance?.functions.scale(4);
  expect(Array.from(numbers.subarray(302, 602))).toEqual(Array.from({ length: 300 }, (_, i) => 2 * i + 3));
});

test("is undefined where WebAssembly is missing or refuses", () => {
  vi.stubGlobal("WebAssembly", undefined);
  expect(compileWasm([scale], 8)).toBeUndefined();
  const Module = class {
    constructor() {
      throw new Error("no SIMD");
    }
  };
  vi.stubGlobal("WebAssembly", { Module, Instance: Module });
  expect(compileWasm([scale], 8)).toBeUndefined();
});
