// Python's pickle format, protocol 2 to 5, as far as PyTorch's files of weights need it.
// Nothing is ever called: a class or function stays a name, and what would be made by
// calling it is decided by the caller from that name and its arguments, or stays opaque.
import { CsiFeedbackError } from "@csi-feedback/common";

/** A class or function, by name only. */
export class PickledName {
  constructor(readonly name: string) {}
}

/** What a class or function would have made, had it been called. */
export class PickledObject {
  constructor(
    readonly name: string,
    readonly args: PickleValue,
  ) {}
}

/** A Python dictionary: its entries in order. Keys need not be text. */
export class PickledDict {
  readonly entries: [PickleValue, PickleValue][] = [];

  /** The value at a text key. */
  get(key: string): PickleValue | undefined {
    return this.entries.findLast(([known]) => known === key)?.[1];
  }
}

/** A value of a pickle. Tuples, lists and sets are arrays; integers beyond 2^53 are bigint. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickledName
  | PickledObject
  | PickledDict
  | PickleValue[];

/** What a pickle refers to outside of itself. */
interface PickleHooks {
  /** The value behind a persistent id. */
  persistent(id: PickleValue): PickleValue;
}

/** Most values on the stack and in the memo: real files of weights need a few thousand. */
const MAX_VALUES = 2_000_000;

const MARK = Symbol("mark");

/**
 * Reads one pickle.
 *
 * @param start - the byte it starts at.
 * @returns the value and the byte after the pickle.
 * @throws CsiFeedbackError `PYTORCH_FORMAT` for damaged or unsupported content.
 */
export function readPickle(
  bytes: Uint8Array,
  hooks: PickleHooks,
  start = 0,
): { value: PickleValue; end: number } {
  const machine = new Machine(bytes, hooks, start);
  return { value: machine.run(), end: machine.at };
}

class Machine {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #hooks: PickleHooks;
  readonly #stack: (PickleValue | typeof MARK)[] = [];
  readonly #memo = new Map<number, PickleValue>();
  /** What each instruction does; the numbers and names are those of Python's pickletools. */
  readonly #instructions = new Map<number, () => unknown>([
    [0x80, () => this.#take(1)], // PROTO
    [0x95, () => this.#take(8)], // FRAME
    [0x28, () => this.#stack.push(MARK)], // MARK
    [0x30, () => this.#stack.pop()], // POP
    [0x4e, () => this.#push(null)], // NONE
    [0x88, () => this.#push(true)], // NEWTRUE
    [0x89, () => this.#push(false)], // NEWFALSE
    [0x4b, () => this.#push(this.#byte())], // BININT1
    [0x4d, () => this.#push(this.#view.getUint16(this.#take(2), true))], // BININT2
    [0x4a, () => this.#push(this.#view.getInt32(this.#take(4), true))], // BININT
    [0x8a, () => this.#push(this.#long(this.#byte()))], // LONG1
    [0x47, () => this.#push(this.#view.getFloat64(this.#take(8), false))], // BINFLOAT
    [0x58, () => this.#push(this.#text(this.#length()))], // BINUNICODE
    [0x8c, () => this.#push(this.#text(this.#byte()))], // SHORT_BINUNICODE
    [0x54, () => this.#push(this.#slice(this.#length()))], // BINSTRING
    [0x55, () => this.#push(this.#slice(this.#byte()))], // SHORT_BINSTRING
    [0x42, () => this.#push(this.#slice(this.#length()))], // BINBYTES
    [0x43, () => this.#push(this.#slice(this.#byte()))], // SHORT_BINBYTES
    [0x29, () => this.#push([])], // EMPTY_TUPLE
    [0x5d, () => this.#push([])], // EMPTY_LIST
    [0x8f, () => this.#push([])], // EMPTY_SET
    [0x7d, () => this.#push(new PickledDict())], // EMPTY_DICT
    [0x85, () => this.#push(this.#popMany(1))], // TUPLE1
    [0x86, () => this.#push(this.#popMany(2))], // TUPLE2
    [0x87, () => this.#push(this.#popMany(3))], // TUPLE3
    [0x74, () => this.#push(this.#popToMark())], // TUPLE
    [0x61, () => this.#append([this.#pop()])], // APPEND
    [0x65, () => this.#append(this.#popToMark())], // APPENDS
    [0x90, () => this.#append(this.#popToMark())], // ADDITEMS
    [0x73, () => this.#setItems(this.#popMany(2))], // SETITEM
    [0x75, () => this.#setItems(this.#popToMark())], // SETITEMS
    [0x71, () => this.#remember(this.#byte())], // BINPUT
    [0x72, () => this.#remember(this.#length())], // LONG_BINPUT
    [0x94, () => this.#remember(this.#memo.size)], // MEMOIZE
    [0x68, () => this.#push(this.#recall(this.#byte()))], // BINGET
    [0x6a, () => this.#push(this.#recall(this.#length()))], // LONG_BINGET
    [0x63, () => this.#push(new PickledName(`${this.#line()}.${this.#line()}`))], // GLOBAL
    [0x93, () => this.#push(new PickledName(this.#popMany(2).map(String).join(".")))], // STACK_GLOBAL
    [0x51, () => this.#push(this.#hooks.persistent(this.#pop()))], // BINPERSID
    [0x52, () => this.#reduce()], // REDUCE
    [0x81, () => this.#reduce()], // NEWOBJ
    [0x62, () => this.#pop()], // BUILD: the state of an object, which nothing here needs
  ]);

  constructor(bytes: Uint8Array, hooks: PickleHooks, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#hooks = hooks;
    this.at = start;
  }

  run(): PickleValue {
    const stop = 0x2e;
    for (let code = this.#byte(); code !== stop; code = this.#byte()) {
      const instruction = this.#instructions.get(code);
      if (instruction === undefined) {
        const rule = `byte ${this.at - 1} must be an instruction that files of weights use`;
        return fail(rule, `0x${code.toString(16)}`);
      }
      instruction();
      if (this.#stack.length + this.#memo.size > MAX_VALUES)
        fail("a pickle may hold 2,000,000 values", "more");
    }
    return this.#pop();
  }

  /** Dictionaries are made, everything else stays a name with arguments. */
  #reduce(): void {
    const [callee, args] = this.#popMany(2);
    if (!(callee instanceof PickledName)) fail("only a named class or function can be called", typeof callee);
    this.#push(
      callee.name === "collections.OrderedDict" ? new PickledDict() : new PickledObject(callee.name, args),
    );
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) return fail("the stack must hold a value", "none");
    return value;
  }

  #popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.#pop()).reverse();
  }

  #popToMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) fail("the stack must hold a mark", "none");
    const values = this.#stack.splice(mark) as (PickleValue | typeof MARK)[];
    return values.slice(1) as PickleValue[];
  }

  /** Elements given to an opaque object are dropped. */
  #append(values: PickleValue[]): void {
    const list = this.#pop();
    if (Array.isArray(list)) for (const value of values) list.push(value);
    this.#push(list);
  }

  /** Entries given to an opaque object are dropped. */
  #setItems(values: PickleValue[]): void {
    const dict = this.#pop();
    if (dict instanceof PickledDict) {
      for (let i = 0; i + 1 < values.length; i += 2) dict.entries.push([values[i], values[i + 1]]);
    }
    this.#push(dict);
  }

  #remember(index: number): void {
    const value = this.#pop();
    this.#memo.set(index, value);
    this.#push(value);
  }

  #recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    return value === undefined ? fail("a value must be stored before it is recalled", index) : value;
  }

  #byte(): number {
    return this.#bytes[this.#take(1)];
  }

  #length(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Moves on by `length` bytes; where they start. */
  #take(length: number): number {
    const from = this.at;
    if (from + length > this.#bytes.length)
      fail("the pickle must end with its stop mark", "the end of the file");
    this.at = from + length;
    return from;
  }

  #slice(length: number): Uint8Array {
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }

  #text(length: number): string {
    return new TextDecoder().decode(this.#slice(length));
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.at);
    if (end < 0) fail("a name must end with its line", "the end of the file");
    const text = this.#text(end - this.at);
    this.at = end + 1;
    return text;
  }

  /** A little-endian two's complement integer. */
  #long(length: number): number | bigint {
    let value = 0n;
    const digits = this.#slice(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i]);
    const signed = BigInt.asIntN(8 * length, value);
    const plain = Number(signed);
    return Number.isSafeInteger(plain) ? plain : signed;
  }
}

function fail(rule: string, received: unknown): never {
  throw new CsiFeedbackError("PYTORCH_FORMAT", `readPickle: ${rule}, received ${received}`);
}
