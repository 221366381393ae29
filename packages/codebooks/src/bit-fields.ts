// Bits into bytes, most significant first, and back. Fields of any width, combinatorial
// indices of more than 32 bits included.
import { CsiFeedbackError } from "@csi-feedback/common";

/** A named field of a report and its width. */
export interface Field {
  /** As in TS 38.214, `"i1,1"`; fields that the standard does not have say what they are. */
  readonly name: string;
  readonly bits: number;
}

/** Bits of a number of `values` different values: ceil(log2 values). */
export function bitWidth(values: number | bigint): number {
  const last = BigInt(values) - 1n;
  return last <= 0n ? 0 : last.toString(2).length;
}

/** Collects fields. */
export class BitWriter {
  readonly fields: Field[] = [];
  readonly #bits: number[] = [];

  /** Appends `value` in `bits` bits. */
  write(name: string, value: number | bigint, bits: number): void {
    const exact = BigInt(value);
    for (let bit = bits - 1; bit >= 0; bit--) this.#bits.push(Number((exact >> BigInt(bit)) & 1n));
    this.fields.push({ name, bits });
  }

  /** Every bit, the last byte filled up with zeros. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    for (const [i, bit] of this.#bits.entries()) bytes[i >> 3] |= bit << (7 - (i & 7));
    return bytes;
  }
}

/** Reads fields; whatever a writer cannot have made is an error. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    if (!(bytes instanceof Uint8Array)) corrupt("a report must be a Uint8Array");
    this.#bytes = bytes;
  }

  /** A field of at most 32 bits, below `bound`. */
  read(name: string, bits: number, bound: number): number {
    return Number(this.readBig(name, bits, BigInt(bound)));
  }

  /** A field of any width, below `bound`. */
  readBig(name: string, bits: number, bound: bigint): bigint {
    if (this.#at + bits > 8 * this.#bytes.length) corrupt(`the report ends inside ${name}`);
    let value = 0n;
    for (let i = 0; i < bits; i++, this.#at++) {
      value = (value << 1n) | BigInt((this.#bytes[this.#at >> 3] >> (7 - (this.#at & 7))) & 1);
    }
    if (value >= bound) corrupt(`${name} must be below ${bound}, received ${value}`);
    return value;
  }

  /** Checks that nothing but the zeros of the last byte is left. */
  finish(): void {
    if (Math.ceil(this.#at / 8) !== this.#bytes.length) {
      corrupt(`the report must have ${Math.ceil(this.#at / 8)} bytes, received ${this.#bytes.length}`);
    }
    for (; this.#at < 8 * this.#bytes.length; this.#at++) {
      if ((this.#bytes[this.#at >> 3] >> (7 - (this.#at & 7))) & 1)
        corrupt("the bits after the report must be zero");
    }
  }
}

/** Throws `CORRUPT_REPORT`. */
export function corrupt(rule: string): never {
  throw new CsiFeedbackError("CORRUPT_REPORT", `codebook report: ${rule}`);
}
