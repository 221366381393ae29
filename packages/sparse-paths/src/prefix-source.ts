// Reading a message of which only the first bytes may be there.
import { RangeDecoder } from "@csi-feedback/codec";
import { CsiFeedbackError } from "@csi-feedback/common";
import type { SymbolSource } from "./path-coder";

/** Thrown inside a {@link PrefixSource} when the next symbol depends on bytes that are not there. */
class Exhausted extends Error {}

/**
 * Reads symbols from the start of a message: two decoders run side by side, one seeing zeros after the last
 * byte and one seeing ones; where they agree the bytes at hand decide the symbol, whatever follows them.
 */
export class PrefixSource implements SymbolSource {
  readonly #low: RangeDecoder;
  readonly #high: RangeDecoder;
  #place = 0;

  constructor(bytes: Uint8Array) {
    const padding = 16;
    const continued = (byte: number) => {
      const longer = new Uint8Array(bytes.length + padding).fill(byte);
      longer.set(bytes);
      return new RangeDecoder(longer);
    };
    this.#low = continued(0);
    this.#high = continued(255);
  }

  locate(total: number): number {
    this.#place = this.#high.locate(total);
    return this.#low.locate(total);
  }

  consume(cumulative: number, frequency: number, total: number): void {
    if (this.#place < cumulative || this.#place >= cumulative + frequency) throw new Exhausted();
    this.#low.consume(cumulative, frequency, total);
    this.#high.consume(cumulative, frequency, total);
  }

  /** A uniform symbol, or undefined when the bytes do not decide it. */
  uniform(total: number): number | undefined {
    return this.attempt(() => {
      const symbol = this.locate(total);
      this.consume(symbol, 1, total);
      return symbol;
    });
  }

  /** What `read` gives, or undefined when the bytes end before. */
  attempt<Result>(read: () => Result): Result | undefined {
    try {
      return read();
    } catch (error) {
      // A decoder that meets an impossible code reads one of the continuations, not the message.
      if (
        error instanceof Exhausted ||
        (error instanceof CsiFeedbackError && error.code === "CORRUPT_FRAME")
      ) {
        return undefined;
      }
      throw error;
    }
  }
}
