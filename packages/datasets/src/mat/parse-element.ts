// Parser of one matrix element of a Level 5 MAT file, recursive for cells and
// structs. Offsets in errors count from the start of the element's (inflated) data.
import { type ByteSource, badFile, dataView } from "../files";
import {
  CLASS,
  type MatNumericClass,
  type MatTypedArray,
  type MatValue,
  MI,
  NUMERIC_CLASSES,
  OTHER_CLASSES,
  STORAGE,
} from "./format";

/** What the first subelements of a matrix say. */
export interface MatHeader {
  readonly name: string;
  /** `"single"`, `"cell"`, ... */
  readonly className: string;
  readonly dimensions: readonly number[];
  readonly complex: boolean;
}

interface Subelement {
  readonly type: number;
  readonly offset: number;
  readonly length: number;
}

interface ParsedHeader extends MatHeader {
  readonly classCode: number;
  readonly logical: boolean;
  /** Product of the dimensions. */
  readonly count: number;
}

const MAX_DEPTH = 32;
const MAX_DIMENSIONS = 32;
/** Memory that one value of a cell or struct costs, for the limit [bytes]. */
const VALUE_BYTES = 256;
const EMPTY: MatValue = {
  kind: "numeric",
  className: "double",
  dimensions: [0, 0],
  re: new Float64Array(0),
  logical: false,
};
const isLittleEndianMachine = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

export class MatElementParser {
  #position = 0;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;

  constructor(
    private readonly source: ByteSource,
    private readonly place: string,
    private readonly little: boolean,
    private readonly maxBytes = Number.POSITIVE_INFINITY,
  ) {
    this.#bytes = source.read(0, source.size);
    this.#view = dataView(this.#bytes);
  }

  /** The header alone; `length` is the full length of the element, of which only the start may be here. */
  header(length: number): MatHeader {
    if (length === 0) return { name: "", className: "double", dimensions: [0, 0], complex: false };
    const { name, className, dimensions, complex } = this.#header(this.#bytes.length);
    return { name, className, dimensions, complex };
  }

  /** The whole matrix. */
  value(): MatValue {
    return this.#matrix(this.#bytes.length, 0);
  }

  #fail(code: string, rule: string, received: unknown): never {
    return badFile(code, this.source, `${this.place}, its byte ${this.#position}`, rule, received);
  }

  /** The next subelement before `end`; moves past it and its padding. */
  #next(end: number): Subelement {
    const start = this.#position;
    if (start + 8 > end)
      this.#fail("FILE_TRUNCATED", "a subelement tag needs 8 bytes", Math.max(0, end - start));
    const first = this.#view.getUint32(start, this.little);
    if (first >>> 16 !== 0) {
      const length = first >>> 16;
      if (length > 4) this.#fail("FILE_CORRUPT", "a small subelement holds at most 4 bytes", length);
      this.#position = start + 8;
      return { type: first & 0xffff, offset: start + 4, length };
    }
    const length = this.#view.getUint32(start + 4, this.little);
    const room = end - start - 8;
    if (length > room) this.#fail("FILE_TRUNCATED", `a subelement of ${length} bytes does not fit`, room);
    // The padding after the last subelement may be missing.
    this.#position = Math.min(start + 8 + Math.ceil(length / 8) * 8, end);
    return { type: first, offset: start + 8, length };
  }

  #expect(end: number, types: readonly number[], what: string): Subelement {
    const element = this.#next(end);
    if (!types.includes(element.type))
      this.#fail("FILE_CORRUPT", `expected ${what}`, `data type ${element.type}`);
    return element;
  }

  #header(end: number): ParsedHeader {
    const flagsElement = this.#expect(end, [MI.uint32], "array flags");
    if (flagsElement.length !== 8)
      this.#fail("FILE_CORRUPT", "array flags have 8 bytes", flagsElement.length);
    const flags = this.#view.getUint32(flagsElement.offset, this.little);
    const classCode = flags & 0xff;
    const sizes = this.#expect(end, [MI.int32, MI.uint32], "dimensions");
    const rank = sizes.length / 4;
    if (!Number.isInteger(rank) || rank < 2 || rank > MAX_DIMENSIONS) {
      this.#fail(
        "FILE_CORRUPT",
        `there must be 2 to ${MAX_DIMENSIONS} dimensions of 4 bytes`,
        `${sizes.length} bytes`,
      );
    }
    const dimensions: number[] = [];
    let count = 1;
    for (let i = 0; i < rank; i++) {
      const size = this.#view.getInt32(sizes.offset + 4 * i, this.little);
      if (size < 0) this.#fail("FILE_CORRUPT", "a dimension must not be negative", size);
      dimensions.push(size);
      count *= size;
    }
    if (!Number.isSafeInteger(count)) this.#fail("FILE_CORRUPT", "too many elements", dimensions);
    const nameElement = this.#expect(end, [MI.int8, MI.uint8], "the name");
    const className =
      NUMERIC_CLASSES.get(classCode)?.name ??
      OTHER_CLASSES.get(classCode) ??
      (Object.entries(CLASS).find(([, code]) => code === classCode)?.[0] as string | undefined) ??
      this.#fail("FILE_CORRUPT", "unknown array class", classCode);
    return {
      name: this.#latin(nameElement.offset, nameElement.length),
      className,
      dimensions,
      complex: (flags & 0x800) !== 0,
      logical: (flags & 0x200) !== 0,
      classCode,
      count,
    };
  }

  #matrix(end: number, depth: number): MatValue {
    if (depth > MAX_DEPTH)
      this.#fail("FILE_CORRUPT", `cells and structs may be nested ${MAX_DEPTH} deep`, depth);
    if (this.#position === end) return EMPTY;
    const header = this.#header(end);
    const { classCode, dimensions } = header;
    const numeric = NUMERIC_CLASSES.get(classCode);
    if (numeric !== undefined) return this.#numeric(end, header, numeric.name, numeric.type);
    if (classCode === CLASS.text) return { kind: "text", dimensions, text: this.#text(end, header) };
    if (classCode === CLASS.cell)
      return { kind: "cell", dimensions, cells: this.#values(end, header.count, depth) };
    if (classCode === CLASS.struct)
      return { kind: "struct", dimensions, fields: this.#fields(end, header, depth) };
    return this.#fail("UNSUPPORTED_FORMAT", "this array class is not read", header.className);
  }

  #numeric(end: number, header: ParsedHeader, className: MatNumericClass, classType: number): MatValue {
    const { dimensions, logical } = header;
    const re = this.#numbers(end, header.count, classType);
    if (!header.complex) return { kind: "numeric", className, dimensions, re, logical };
    return {
      kind: "numeric",
      className,
      dimensions,
      re,
      im: this.#numbers(end, header.count, classType),
      logical,
    };
  }

  #numbers(end: number, count: number, classType: number): MatTypedArray {
    const element = this.#next(end);
    const stored = STORAGE.get(element.type);
    const target = STORAGE.get(classType)!;
    if (stored === undefined)
      return this.#fail("FILE_CORRUPT", "expected numbers", `data type ${element.type}`);
    if (element.length !== count * stored.bytes) {
      this.#fail("FILE_CORRUPT", `${count} elements need ${count * stored.bytes} bytes`, element.length);
    }
    if (count * target.bytes > this.maxBytes) {
      this.#fail(
        "FILE_TOO_LARGE",
        `at most maxBytes = ${this.maxBytes} bytes may be read`,
        count * target.bytes,
      );
    }
    const values = new target.array(count);
    if (element.type === classType && this.little === isLittleEndianMachine) {
      const from = this.#bytes.subarray(element.offset, element.offset + element.length);
      new Uint8Array(values.buffer).set(from);
      return values;
    }
    const isBig = values instanceof BigInt64Array || values instanceof BigUint64Array;
    for (let i = 0; i < count; i++) {
      const value = stored.get(this.#view, element.offset + i * stored.bytes, this.little);
      if (!isBig) values[i] = Number(value);
      else if (typeof value === "bigint" || Number.isInteger(value)) values[i] = BigInt(value);
      else this.#fail("FILE_CORRUPT", "a 64-bit integer array must hold integers", value);
    }
    return values;
  }

  #text(end: number, header: ParsedHeader): string {
    const { type, offset, length } = this.#next(end);
    const bytes = this.#bytes.subarray(offset, offset + length);
    if (type === 1 || type === 2) return this.#latin(offset, length);
    if (type === 16) return new TextDecoder("utf-8").decode(bytes);
    if (type === 4 || type === 17)
      return new TextDecoder(this.little ? "utf-16le" : "utf-16be").decode(bytes);
    if (header.count === 0) return "";
    return this.#fail("UNSUPPORTED_FORMAT", "text must be 8-bit, UTF-8 or UTF-16", `data type ${type}`);
  }

  #values(end: number, count: number, depth: number): MatValue[] {
    // Every value has a tag of 8 bytes at least.
    if (count > (end - this.#position) / 8)
      this.#fail("FILE_TRUNCATED", `${count} values do not fit`, end - this.#position);
    if (count * VALUE_BYTES > this.maxBytes) {
      this.#fail(
        "FILE_TOO_LARGE",
        `at most maxBytes = ${this.maxBytes} bytes may be read`,
        `${count} values`,
      );
    }
    const values: MatValue[] = [];
    for (let i = 0; i < count; i++) {
      const element = this.#expect(end, [MI.matrix], "a matrix");
      const after = this.#position;
      this.#position = element.offset;
      values.push(this.#matrix(element.offset + element.length, depth + 1));
      this.#position = after;
    }
    return values;
  }

  #fields(end: number, header: ParsedHeader, depth: number): Map<string, readonly MatValue[]> {
    const widthElement = this.#expect(end, [MI.int32], "the field name length");
    const width = widthElement.length === 4 ? this.#view.getInt32(widthElement.offset, this.little) : 0;
    const namesElement = this.#expect(end, [MI.int8, MI.uint8], "the field names");
    if (width < 1 || namesElement.length % width !== 0) {
      this.#fail(
        "FILE_CORRUPT",
        `field names must be multiples of their length ${width}`,
        namesElement.length,
      );
    }
    const names = Array.from({ length: namesElement.length / width }, (_, i) =>
      this.#latin(namesElement.offset + i * width, width),
    );
    if (new Set(names).size !== names.length) this.#fail("FILE_CORRUPT", "field names must differ", names);
    if (names.length === 0) return new Map();
    // Stored element by element, each with all its fields.
    const values = this.#values(end, header.count * names.length, depth);
    return new Map(names.map((name, field) => [name, values.filter((_, i) => i % names.length === field)]));
  }

  /** Text up to the first zero byte. */
  #latin(offset: number, length: number): string {
    const bytes = this.#bytes.subarray(offset, offset + length);
    const end = bytes.indexOf(0);
    return new TextDecoder("latin1").decode(end < 0 ? bytes : bytes.subarray(0, end));
  }
}
