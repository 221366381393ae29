// WebAssembly modules of a few functions over one memory, as bytes: enough to write the
// inner loops of a package in SIMD without a compiler. Not a general assembler: what it
// knows is the handful of instructions that those loops are made of.

/** Instructions in the binary format. */
export type Code = readonly number[];

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    if (rest >= -64 && rest < 64) return [...bytes, rest & 0x7f];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

const float64 = (value: number) => [...new Uint8Array(Float64Array.of(value).buffer)];
const simd = (opcode: number) => [0xfd, ...unsigned(opcode)];
const lanes = (opcode: number) => (a: Code, b: Code) => [...a, ...b, ...simd(opcode)];
const memory = (opcode: number, align: number) => (address: Code, offset: number) => [
  ...address,
  ...simd(opcode),
  align,
  ...unsigned(offset),
];

/**
 * Instructions as functions of the instructions that make their operands. Addresses are bytes,
 * `pair` names two 64-bit floats, `local` is the index of a parameter or variable.
 */
export const wasm = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)],
  integer: (value: number): Code => [0x41, ...signed(value)],
  addIntegers: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  /** Runs a body until `local`, which each turn advances by `step`, reaches `end`; at least once. */
  loop: (local: number, step: number, end: Code, body: Code): Code => [
    ...[0x03, 0x40],
    ...body,
    ...wasm.set(local, wasm.addIntegers(wasm.get(local), wasm.integer(step))),
    ...wasm.get(local),
    ...end,
    ...[0x49, 0x0d, 0x00, 0x0b],
  ],
  load: memory(0x00, 3),
  /** One 64-bit float of memory in both lanes. */
  loadTwice: memory(0x0a, 3),
  store: (address: Code, offset: number, pair: Code): Code => [
    ...address,
    ...pair,
    ...simd(0x0b),
    3,
    ...unsigned(offset),
  ],
  /** A number in both lanes. */
  pair: (value: number): Code => [...simd(0x0c), ...float64(value), ...float64(value)],
  /** A 64-bit float in both lanes. */
  twice: (value: Code): Code => [...value, ...simd(0x14)],
  add: lanes(0xf0),
  sub: lanes(0xf1),
  mul: lanes(0xf2),
  /** Per lane `b < a ? b : a`. */
  min: lanes(0xf6),
  /** Per lane `a < b ? b : a`. */
  max: lanes(0xf7),
  /** Per lane `a` where `x` is at least `y`, else `b`. */
  selectAtLeast: (x: Code, y: Code, a: Code, b: Code): Code => [
    ...a,
    ...b,
    ...lanes(0x4c)(x, y),
    ...simd(0x52),
  ],
  /** Adds the lanes as 64-bit integers. */
  addBits: lanes(0xce),
  shiftBits: (a: Code, bits: number): Code => [...a, ...wasm.integer(bits), ...simd(0xcb)],
};

/** Types of parameters and variables. */
const types = { integer: 0x7f, float: 0x7c, pair: 0x7b };

/** Name of the type of a parameter or variable. */
export type WasmType = keyof typeof types;

/** A function without result. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly WasmType[];
  readonly variables: readonly WasmType[];
  readonly code: Code;
}

const section = (id: number, content: readonly number[]) => [id, ...unsigned(content.length), ...content];
const vector = (items: readonly (readonly number[])[]) => [...unsigned(items.length), ...items.flat()];
const text = (name: string) => vector([...new TextEncoder().encode(name)].map((byte) => [byte]));

function moduleBytes(functions: readonly WasmFunction[], pages: number): Uint8Array<ArrayBuffer> {
  const signatures = functions.map(({ parameters }) => [
    0x60,
    ...vector(parameters.map((type) => [types[type]])),
    0,
  ]);
  const bodies = functions.map(({ variables, code }) => {
    const body = [...vector(variables.map((type) => [1, types[type]])), ...code, 0x0b];
    return [...unsigned(body.length), ...body];
  });
  const exported = functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(signatures)),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(5, vector([[0, ...unsigned(pages)]])),
    ...section(7, vector([...exported, [...text("memory"), 2, 0]])),
    ...section(10, vector(bodies)),
  ]);
}

/** Functions that run, and the memory that they work on. */
export interface WasmInstance {
  readonly memory: ArrayBuffer;
  readonly functions: Readonly<Record<string, (...numbers: number[]) => void>>;
}

/**
 * Compiles functions over a memory of at least so many bytes; undefined where WebAssembly or its
 * SIMD instructions are not to be had, which is where a package's plain code runs instead.
 *
 * @example
 * ```ts
 * import { compileWasm, wasm } from "@csi-feedback/common";
 *
 * const { get, integer, load, loop, mul, pair, store } = wasm;
 * const code = loop(0, 16, integer(8 * 4), store(get(0), 0, mul(load(get(0), 0), pair(2))));
 * const instance = compileWasm([{ name: "double", parameters: [], variables: ["integer"], code }], 8 * 4);
 * const numbers = new Float64Array(instance.memory, 0, 4);
 * numbers.set([1, 2, 3, 4]);
 * instance.functions.double();
 * console.log(numbers.join()); // 2,4,6,8
 * ```
 */
export function compileWasm(functions: readonly WasmFunction[], bytes: number): WasmInstance | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (api === undefined) return undefined;
  try {
    const { exports } = new api.Instance(new api.Module(moduleBytes(functions, Math.ceil(bytes / 65536))));
    const { memory, ...compiled } = exports;
    return {
      memory: (memory as { buffer: ArrayBuffer }).buffer,
      functions: compiled as WasmInstance["functions"],
    };
  } catch {
    return undefined;
  }
}

/** What this file needs of WebAssembly, whose types not every consumer's compiler knows. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
}
