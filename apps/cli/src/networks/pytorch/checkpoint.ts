// The tensors in a file of `torch.save`, without Python: the zip archives of PyTorch 1.6
// and later, and the stream of pickles of earlier versions. Only dense tensors of plain
// numbers; no code in the file is run.
import { CsiFeedbackError } from "@csi-feedback/common";
import type { SafeTensor } from "@csi-feedback/safetensors";
import { PickledDict, PickledName, PickledObject, type PickleValue, readPickle } from "./pickle";
import { isZip, storedFiles } from "./zip";

const elementTypes = {
  FloatStorage: { dtype: "F32", bytes: 4, make: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  DoubleStorage: { dtype: "F64", bytes: 8, make: (buffer: ArrayBuffer) => new Float64Array(buffer) },
  LongStorage: { dtype: "I64", bytes: 8, make: (buffer: ArrayBuffer) => new BigInt64Array(buffer) },
  IntStorage: { dtype: "I32", bytes: 4, make: (buffer: ArrayBuffer) => new Int32Array(buffer) },
} as const;

type StorageType = keyof typeof elementTypes;

/** A storage as the pickle names it; its bytes are found by `key`. */
interface Storage {
  readonly type: StorageType;
  readonly key: string;
}

/** First bytes of the stream of pickles: a pickle of the number 0x1950a86a20f9469cfc6c. */
const streamMagic = [
  0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
];

/** Whether bytes start like a file of `torch.save`. */
export function isPytorch(bytes: Uint8Array): boolean {
  return isZip(bytes) || isStream(bytes);
}

function isStream(bytes: Uint8Array): boolean {
  return streamMagic.every((byte, i) => bytes[i] === byte);
}

/**
 * The state dictionary in a file of `torch.save`: at the top, or under `state_dict`, `model` or `net`. A prefix
 * `module.` on every name, left by data-parallel training, is taken off.
 *
 * @throws CsiFeedbackError `PYTORCH_FORMAT` for damaged files and for content that is not a dictionary of dense
 * tensors.
 */
export function readPytorch(bytes: Uint8Array): Map<string, SafeTensor> {
  const { value, content } = isStream(bytes) ? openStream(bytes) : openArchive(bytes);
  const tensors = new Map<string, SafeTensor>();
  let elements = 0;
  for (const [name, entry] of stateDictionary(value).entries) {
    if (typeof name !== "string") fail("the names of tensors must be text", typeof name);
    const tensor = rebuild(name, entry, content);
    elements += tensor.data.length;
    // A tensor may repeat the elements of its storage; a small file must not fill the memory that way.
    if (elements > bytes.length) fail("the tensors must not be larger than the file", `${elements} elements`);
    tensors.set(name, tensor);
  }
  const parallel = [...tensors.keys()].every((name) => name.startsWith("module."));
  return parallel ? new Map([...tensors].map(([name, tensor]) => [name.slice(7), tensor])) : tensors;
}

interface Opened {
  readonly value: PickleValue;
  /** Bytes of a storage. */
  content(storage: Storage): Uint8Array;
}

function openArchive(bytes: Uint8Array): Opened {
  const files = storedFiles(bytes);
  const path = [...files.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (path === undefined)
    return fail("the archive must hold data.pkl", [...files.keys()].join(", ") || "none");
  const folder = path.slice(0, -"data.pkl".length);
  const { value } = readPickle(files.get(path)!, { persistent });
  return {
    value,
    content: ({ key }) => files.get(`${folder}data/${key}`) ?? fail("the archive must hold the storage", key),
  };
}

/** Magic number, protocol version, system information, the object, the keys of the storages, their bytes. */
function openStream(bytes: Uint8Array): Opened {
  const storages = new Map<string, Storage>();
  const hooks = {
    persistent: (id: PickleValue) => {
      const reference = persistent(id);
      const { type, key } = storageOf(reference)!;
      storages.set(key, { type, key });
      return reference;
    },
  };
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = readPickle(bytes, hooks, at);
    at = end;
    return value;
  };
  const [, , , value, keys] = [next(), next(), next(), next(), next()];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const contents = new Map<string, Uint8Array>();
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = storages.get(String(key)) ?? fail("a storage must be used by a tensor", key);
    if (at + 8 > bytes.length) fail(`the storage ${storage.key} must be in the file`, "its end");
    const size = Number(view.getBigUint64(at, true)) * elementTypes[storage.type].bytes;
    if (at + 8 + size > bytes.length) fail(`the storage ${storage.key} must end within the file`, size);
    contents.set(storage.key, bytes.subarray(at + 8, at + 8 + size));
    at += 8 + size;
  }
  return { value, content: ({ key }) => contents.get(key) ?? fail("the file must hold the storage", key) };
}

/** `("storage", torch.FloatStorage, key, device, elements, ...)`, kept as an object of that name. */
function persistent(id: PickleValue): PickleValue {
  const storage = new PickledObject("storage", id);
  if (storageOf(storage) === undefined) fail("a reference must be to a storage of numbers", describe(id));
  return storage;
}

function storageOf(value: PickleValue): Storage | undefined {
  if (!(value instanceof PickledObject) || value.name !== "storage" || !Array.isArray(value.args))
    return undefined;
  const [kind, type, key] = value.args;
  if (kind !== "storage" || !(type instanceof PickledName) || typeof key !== "string") return undefined;
  const name = type.name.replace(/^torch\.(cuda\.)?/, "");
  return Object.hasOwn(elementTypes, name) ? { type: name as StorageType, key } : undefined;
}

function stateDictionary(value: PickleValue): PickledDict {
  const top = value instanceof PickledDict ? value : undefined;
  const candidates = [...["state_dict", "model", "net"].map((key) => top?.get(key)), top];
  for (const candidate of candidates) {
    if (candidate instanceof PickledDict && candidate.entries.some(([, entry]) => isTensor(entry)))
      return candidate;
  }
  return fail("the file must hold a state dictionary of tensors", describe(value));
}

function isTensor(value: PickleValue): value is PickledObject {
  return value instanceof PickledObject && /^torch\._utils\._rebuild_(tensor_v2|parameter)$/.test(value.name);
}

/** The dense tensor of `_rebuild_tensor_v2(storage, offset, shape, strides, ...)`, or of a parameter around one. */
function rebuild(name: string, value: PickleValue, content: Opened["content"]): SafeTensor {
  const args = isTensor(value) ? value.args : undefined;
  if (isTensor(value) && value.name.endsWith("parameter") && Array.isArray(args) && isTensor(args[0])) {
    return rebuild(name, args[0].name.endsWith("parameter") ? null : args[0], content);
  }
  if (!Array.isArray(args)) return fail(`${name} must be a dense tensor`, describe(value));
  const [storage, offset, shape, strides] = args;
  const place = storageOf(storage);
  if (place === undefined || !isSize(offset) || !areSizes(shape) || !areSizes(strides)) {
    return fail(`${name} must be a dense tensor of float, double, long or int`, describe(value));
  }
  if (strides.length !== shape.length)
    return fail(`${name} must have one stride for each axis`, strides.length);
  const { dtype, bytes, make } = elementTypes[place.type];
  const stored = content(place);
  const count = shape.reduce((product, size) => product * size, 1);
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], offset);
  if (
    !Number.isSafeInteger(count) ||
    count > stored.length ||
    (count > 0 && (last + 1) * bytes > stored.length)
  ) {
    fail(`${name} must lie within its storage of ${stored.length} bytes`, `[${shape.join(", ")}]`);
  }
  const data = new Uint8Array(count * bytes);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < count; i++) {
    const from = bytes * index.reduce((sum, step, axis) => sum + step * strides[axis], offset);
    data.set(stored.subarray(from, from + bytes), i * bytes);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return { dtype, shape, data: make(data.buffer) } as SafeTensor;
}

function isSize(value: PickleValue): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function areSizes(value: PickleValue): value is number[] {
  return Array.isArray(value) && value.every(isSize);
}

function describe(value: PickleValue): string {
  if (value instanceof PickledObject || value instanceof PickledName) return value.name;
  if (value instanceof PickledDict) return "a dictionary";
  return Array.isArray(value) ? "a list" : String(value);
}

function fail(rule: string, received: unknown): never {
  throw new CsiFeedbackError("PYTORCH_FORMAT", `readPytorch: ${rule}, received ${received}`);
}
