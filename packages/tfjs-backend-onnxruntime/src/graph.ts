// The pending graph: values, the operators that produce them, and the rules that
// keep it small while it is recorded. Equal operators on equal inputs are one
// node; nothing here computes, allocates tensor memory or talks to onnxruntime.
import type { Attribute, OnnxType } from "./onnx-model";

/** Typed arrays that hold the elements of a value on the host. */
export type HostArray = Float32Array | Int32Array | Uint8Array | Int8Array | BigInt64Array | Float64Array;

/** What a session gives and takes for one value; `data` may only be touched when `location` is "cpu". */
export interface DeviceTensor {
  readonly type: string;
  readonly location: string;
  readonly data: unknown;
  readonly dims: readonly number[];
  dispose?(): void;
}

/**
 * Where a value stands: `pending` values are outputs of recorded nodes, `scheduled`
 * ones belong to a run that has not finished, `ready` ones hold their elements,
 * `failed` ones hold the error of the run that should have made them.
 */
export type ValueState = "pending" | "scheduled" | "ready" | "failed";

/** One tensor of the graph. */
export class Value {
  state: ValueState;
  node: GraphNode | undefined;
  host: HostArray | undefined;
  device: DeviceTensor | undefined;
  error: Error | undefined;
  /** How many runs have taken this value as input. */
  feeds = 0;
  /** How many live tfjs tensors stand for this value. */
  references = 0;
  /** Content key of a constant, which is compiled into models; undefined for other values. */
  constantKey: string | undefined;
  readonly size: number;

  constructor(
    readonly id: number,
    readonly type: OnnxType,
    readonly shape: readonly number[],
    source: { node: GraphNode } | { host: HostArray },
  ) {
    this.size = elementsOf(shape);
    if ("node" in source) {
      this.state = "pending";
      this.node = source.node;
    } else {
      this.state = "ready";
      this.host = source.host;
    }
  }

  /** True when the value is a pending output of the given operator. */
  isPending(op: string): boolean {
    return this.node !== undefined && this.node.op === op;
  }

  /** The element of a constant of one element. */
  get scalar(): number | undefined {
    return this.constantKey !== undefined && this.size === 1 ? Number(this.host![0]) : undefined;
  }
}

/** One recorded ONNX operator. */
export interface GraphNode {
  readonly id: number;
  readonly op: string;
  readonly domain: string | undefined;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Operator, domain and attributes as one string: equal keys are the same computation. */
  readonly key: string;
  readonly outputs: readonly Value[];
}

/** Options of one recorded operator. */
export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
}

const noAttributes = {};

/** Number of elements of a shape. */
export function elementsOf(shape: readonly number[]): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/** True when two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** Bytes of one element. */
export function bytesPerElement(type: OnnxType): number {
  switch (type) {
    case "int64":
    case "float64":
      return 8;
    case "float32":
    case "int32":
      return 4;
    default:
      return 1;
  }
}

/** A host array for elements of a type, from plain numbers. */
function hostArray(type: OnnxType, values: ArrayLike<number>): HostArray {
  switch (type) {
    case "float32":
      return Float32Array.from(values);
    case "float64":
      return Float64Array.from(values);
    case "int32":
      return Int32Array.from(values);
    case "int64":
      return BigInt64Array.from(Array.from(values, (value) => BigInt(value)));
    case "int8":
      return Int8Array.from(values);
    default:
      return Uint8Array.from(values);
  }
}

/** The bytes of a host array, not copied. */
export function bytesOf(array: HostArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function contentHash(bytes: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let index = 0; index < bytes.length; index++) {
    a = Math.imul(a ^ bytes[index]!, 0x01000193);
    b = Math.imul(b ^ bytes[index]!, 0x85ebca6b) ^ (b >>> 15);
  }
  return `#${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`;
}

/** Records nodes until the backend takes them for a run. */
export class Graph {
  private nextId = 1;
  private readonly nodes = new Map<string, GraphNode>();
  private readonly constants = new Map<string, Value>();
  private readonly leaves = new Set<Value>();
  /** Bytes of finished values that no tensor stands for any more and that pending nodes still read. */
  heldBytes = 0;

  /** Nodes recorded since the last {@link reset}. */
  get size(): number {
    return this.nodes.size;
  }

  /** Forgets what was recorded; values that tensors still hold keep their own nodes. */
  reset(): void {
    this.nodes.clear();
    this.constants.clear();
    this.leaves.clear();
    this.heldBytes = 0;
  }

  /** True when recorded nodes read a value that was there before them. */
  reads(value: Value): boolean {
    return this.leaves.has(value);
  }

  /** Takes note that no tensor stands for a value any more. */
  abandon(value: Value): void {
    if (this.leaves.has(value)) this.heldBytes += value.size * bytesPerElement(value.type);
  }

  /** A value whose elements are known; it becomes an input of the models that use it. */
  input(type: OnnxType, shape: readonly number[], host: HostArray): Value {
    return new Value(this.nextId++, type, shape, { host });
  }

  /** A value that is compiled into the models that use it. */
  constant(type: OnnxType, shape: readonly number[], values: HostArray | ArrayLike<number>): Value {
    const host = ArrayBuffer.isView(values) ? (values as HostArray) : hostArray(type, values);
    const content = host.length <= 32 ? host.join() : contentHash(bytesOf(host));
    const key = `${type}[${shape.join()}]${content}`;
    let value = this.constants.get(key);
    if (value === undefined) {
      value = new Value(this.nextId++, type, shape, { host });
      value.constantKey = key;
      this.constants.set(key, value);
    }
    return value;
  }

  /** A constant of rank 0. */
  scalar(type: OnnxType, value: number): Value {
    return this.constant(type, [], [value]);
  }

  /** A one-dimensional int64 constant, the form in which operators take shapes and axes. */
  int64(values: readonly number[]): Value {
    return this.constant("int64", [values.length], values);
  }

  /** Records an operator with several outputs. */
  record(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly { readonly type: OnnxType; readonly shape: readonly number[] }[],
    options: NodeOptions = {},
  ): readonly Value[] {
    const attributes = options.attributes ?? noAttributes;
    const key = `${options.domain ?? ""}.${op}${attributes === noAttributes ? "" : JSON.stringify(attributes)}`;
    let wiring = key;
    for (const input of inputs) wiring += input === undefined ? "|" : `|${input.id}`;
    const known = this.nodes.get(wiring);
    if (known !== undefined && known.outputs.length >= outputs.length) return known.outputs;
    const results: Value[] = [];
    const id = this.nextId++;
    const node: GraphNode = { id, op, domain: options.domain, inputs, attributes, key, outputs: results };
    for (const { type, shape } of outputs) results.push(new Value(this.nextId++, type, shape, { node }));
    this.nodes.set(wiring, node);
    for (const input of inputs) {
      if (input !== undefined && input.node === undefined && input.constantKey === undefined)
        this.leaves.add(input);
    }
    return results;
  }

  /** Records an operator with one output. */
  one(
    op: string,
    inputs: readonly (Value | undefined)[],
    type: OnnxType,
    shape: readonly number[],
    options?: NodeOptions,
  ): Value {
    return this.record(op, inputs, [{ type, shape }], options)[0]!;
  }

  /** True when this very operator was recorded already, so that recording it again costs nothing. */
  has(op: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>>): boolean {
    return this.nodes.has(`.${op}${JSON.stringify(attributes)}|${inputs.map((input) => input.id).join("|")}`);
  }
}
