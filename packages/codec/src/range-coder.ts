// A range coder: a message of symbols with integer frequencies becomes a binary
// fraction, and back. It knows nothing of what the symbols mean. Integers up to
// 2^53 are exact in a JavaScript number; the coder keeps an interval
// [low, low + range) inside a window of 48 bits, with range > 2^40, so a symbol out of
// `total` is charged a share of the interval that is too small by less than total / 2^40.
import { CsiFeedbackError, invalid } from "@csi-feedback/common/errors";

const WINDOW = 2 ** 48;
const BOTTOM = 2 ** 40;
const WINDOW_BYTES = 6;
const BYTE = 256;
const CHUNK_BITS = 16;
const BEYOND = "the bits must name a symbol of the alphabet";

/**
 * The shortest code of an interval: `bits` leading bits of the window, as a multiple of 2^(48 - bits).
 * All numbers that start with these bits lie in the interval; or, for a `last` code, the one that
 * goes on with zeros does, and the length depends on the width of the interval alone.
 */
function shortestCode(low: number, range: number, last = false): { value: number; bits: number } {
  let width = WINDOW;
  for (let bits = 0; ; bits++) {
    const value = Math.ceil(low / width) * width;
    if (last ? width <= range : value + width <= low + range) return { value, bits };
    width /= 2;
  }
}

/**
 * Writes symbols into a bit string. Symbols whose frequencies are powers of two
 * come out as plain bits, most significant first. For formats of one's own; what the frequencies are is
 * up to them, fixed or adaptive, as long as both ends agree to the last integer.
 *
 * @example
 * ```ts
 * import { RangeDecoder, RangeEncoder } from "@csi-feedback/codec";
 *
 * const encoder = new RangeEncoder();
 * for (const symbol of [0, 0, 1, 0]) {
 *   if (symbol === 0) encoder.encode(0, 15, 16);
 *   else encoder.encode(15, 1, 16);
 * }
 * const { bytes, bits } = encoder.finish();
 * const decoder = new RangeDecoder(bytes);
 * const decoded = Array.from({ length: 4 }, () => {
 *   const symbol = decoder.locate(16) < 15 ? 0 : 1;
 *   if (symbol === 0) decoder.consume(0, 15, 16);
 *   else decoder.consume(15, 1, 16);
 *   return symbol;
 * });
 * console.log(bits, decoded.join(" ")); // 5 0 0 1 0
 * ```
 */
export class RangeEncoder {
  /** Start of the interval inside the window; below 2^48. */
  low = 0;
  /** Width of the interval, from 2^40 to 2^48. */
  range = WINDOW;
  #bytes = new Uint8Array(64);
  #length = 0;

  /** One symbol that owns `[cumulative, cumulative + frequency)` of `total` (at most 2^32). */
  encode(cumulative: number, frequency: number, total: number): void {
    const unit = Math.floor(this.range / total);
    this.low += unit * cumulative;
    this.range = unit * frequency;
    this.normalize();
  }

  /** Yes with a share of `frequency` in `total`, or no: as {@link encode} with yes before no, and faster. */
  encodeChoice(yes: boolean, frequency: number, total: number): void {
    const unit = Math.floor(this.range / total);
    const share = unit * frequency;
    if (yes) this.range = share;
    else {
      this.low += share;
      this.range = unit * total - share;
    }
    if (this.range < BOTTOM || this.low >= WINDOW) this.normalize();
  }

  /** One of `total` equally likely symbols. */
  encodeUniform(symbol: number, total: number): void {
    this.encode(symbol, 1, total);
  }

  /** An unsigned integer of `bits` bits (0 to 53), most significant bit first. */
  encodeBits(value: number, bits: number): void {
    if (bits <= CHUNK_BITS) {
      this.encode(value, 1, 1 << bits);
      return;
    }
    let left = bits;
    while (left > 0) {
      const chunk = Math.min(left, CHUNK_BITS);
      left -= chunk;
      const symbol = Math.floor(value / 2 ** left) % 2 ** chunk;
      this.encode(symbol, 1, 2 ** chunk);
    }
  }

  /** Brings `low` below the window and `range` above 2^40 again, shifting bytes out; `encode` calls it. */
  normalize(): void {
    if (this.low >= WINDOW) this.#carry();
    while (this.range < BOTTOM) {
      const byte = Math.floor(this.low / BOTTOM);
      this.#push(byte);
      this.low = (this.low - byte * BOTTOM) * BYTE;
      this.range *= BYTE;
    }
  }

  /**
   * Closes the message with the fewest bits that decode alone: whatever follows them, or, where the
   * reader knows that nothing follows, only zeros (`last`), which saves up to one bit.
   */
  finish(last = false): { bytes: Uint8Array; bits: number } {
    const { value, bits } = shortestCode(this.low, this.range, last);
    const total = this.#length * 8 + bits;
    let rest = value;
    if (rest >= WINDOW) {
      this.#carry();
      rest -= WINDOW;
    }
    for (let left = bits; left > 0; left -= 8) {
      const byte = Math.floor(rest / BOTTOM);
      this.#push(byte);
      rest = (rest - byte * BOTTOM) * BYTE;
    }
    return { bytes: this.#bytes.slice(0, this.#length), bits: total };
  }

  #carry(): void {
    this.low -= WINDOW;
    let at = this.#length - 1;
    while (this.#bytes[at] === 255) this.#bytes[at--] = 0;
    this.#bytes[at]++;
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const longer = new Uint8Array(this.#length * 2);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes[this.#length++] = byte;
  }
}

/** Throws the error that every malformed message gives. */
export function corrupt(functionName: string, rule: string, received: unknown): never {
  invalid("CORRUPT_FRAME", functionName, rule, received);
}

/**
 * Reads what {@link RangeEncoder} wrote. Bytes past the end read as zero; a message
 * that needs them is found out by {@link RangeDecoder.finish}, or earlier, as soon
 * as it reaches further than the window past the end.
 */
export class RangeDecoder {
  /** Start of the interval inside the window. */
  low = 0;
  /** Width of the interval. */
  range = WINDOW;
  /** Distance of the received fraction from `low`; below `range` in a sound message. */
  offset = 0;
  readonly #bytes: Uint8Array;
  #next = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let i = 0; i < WINDOW_BYTES; i++) this.offset = this.offset * BYTE + this.#read();
  }

  /** Where the received fraction falls in `total` parts; call {@link consume} next with the symbol found. */
  locate(total: number): number {
    const place = Math.floor(this.offset / Math.floor(this.range / total));
    if (place >= total) corrupt("decode", BEYOND, place);
    return place;
  }

  /** Takes the symbol that owns `[cumulative, cumulative + frequency)` of `total`. */
  consume(cumulative: number, frequency: number, total: number): void {
    const unit = Math.floor(this.range / total);
    this.low += unit * cumulative;
    this.offset -= unit * cumulative;
    this.range = unit * frequency;
    this.normalize();
  }

  /** What {@link RangeEncoder.encodeChoice} wrote. */
  decodeChoice(frequency: number, total: number): boolean {
    const unit = Math.floor(this.range / total);
    const share = unit * frequency;
    const yes = this.offset < share;
    if (yes) this.range = share;
    else {
      if (this.offset >= unit * total) corrupt("decode", BEYOND, this.offset);
      this.low += share;
      this.offset -= share;
      this.range = unit * total - share;
    }
    if (this.range < BOTTOM || this.low >= WINDOW) this.normalize();
    return yes;
  }

  /** One of `total` equally likely symbols. */
  decodeUniform(total: number): number {
    const symbol = this.locate(total);
    this.consume(symbol, 1, total);
    return symbol;
  }

  /** What {@link RangeEncoder.encodeBits} wrote. */
  decodeBits(bits: number): number {
    if (bits <= CHUNK_BITS) return this.decodeUniform(1 << bits);
    let value = 0;
    for (let left = bits; left > 0; left -= CHUNK_BITS) {
      const chunk = Math.min(left, CHUNK_BITS);
      value = value * 2 ** chunk + this.decodeUniform(2 ** chunk);
    }
    return value;
  }

  /** Keeps `range` above 2^40, reading bytes; `consume` calls it. */
  normalize(): void {
    if (this.low >= WINDOW) this.low -= WINDOW;
    while (this.range < BOTTOM) {
      this.low = (this.low - Math.floor(this.low / BOTTOM) * BOTTOM) * BYTE;
      this.offset = this.offset * BYTE + this.#read();
      this.range *= BYTE;
    }
  }

  /**
   * Ends the message: the number of bits it took. What was read must be the very
   * code that the encoder would have written.
   */
  finish(): number {
    const { value, bits } = shortestCode(this.low, this.range);
    const width = 2 ** (48 - bits);
    if (Math.floor((this.low + this.offset) / width) * width !== value) {
      corrupt("decode", "the message must end in its shortest code", "another code");
    }
    return (this.#next - WINDOW_BYTES) * 8 + bits;
  }

  #read(): number {
    if (this.#next >= this.#bytes.length + WINDOW_BYTES) {
      throw new CsiFeedbackError("CORRUPT_FRAME", "decode: the message ends before its last symbol");
    }
    const byte = this.#next < this.#bytes.length ? this.#bytes[this.#next] : 0;
    this.#next++;
    return byte;
  }
}
