// Damages a file in many ways and checks that a reader answers every one with a
// value or with a CsiFeedbackError, and nothing else.
import { isCsiFeedbackError, randomStream } from "@csi-feedback/common";
import { expect } from "vitest";

export interface Damage {
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** Truncations at every byte of the first `head` and at random places, flipped bytes and runs, huge words. */
export function* damages(
  intact: Uint8Array,
  options: { head: number; flips: number; seed?: number },
): Generator<Damage> {
  // A copy that is no Buffer: a Buffer's slice would share its bytes.
  const original = new Uint8Array(intact);
  const stream = randomStream(options.seed ?? 1, original.length);
  for (let end = 0; end < Math.min(options.head, original.length); end++) {
    yield { what: `cut to ${end} bytes`, bytes: original.slice(0, end) };
  }
  for (let i = 0; i < options.flips / 4; i++) {
    const end = stream.integer(original.length);
    yield { what: `cut to ${end} bytes`, bytes: original.slice(0, end) };
  }
  for (let i = 0; i < options.flips; i++) {
    const bytes = original.slice();
    const early = i % 2 === 0 ? Math.min(bytes.length, 4 * options.head) : bytes.length;
    const place = stream.integer(early);
    const bit = stream.integer(8);
    bytes[place] ^= 1 << bit;
    yield { what: `bit ${bit} of byte ${place} flipped`, bytes };
  }
  for (let i = 0; i < options.flips / 2; i++) {
    const bytes = original.slice();
    const place = 4 * stream.integer(Math.floor(Math.min(bytes.length, 4 * options.head) / 4));
    const word = [0xffffffff, 0x7fffffff, 0x80000000, 0x00ffffff, 0][stream.integer(5)];
    new DataView(bytes.buffer).setUint32(place, word, true);
    yield { what: `word ${word.toString(16)} at byte ${place}`, bytes };
  }
}

/** Reads every damaged form; returns how many were refused. */
export async function expectOnlyClearErrors(
  forms: Iterable<Damage>,
  read: (bytes: Uint8Array) => unknown,
  name = "damaged",
): Promise<number> {
  let refused = 0;
  for (const { what, bytes } of forms) {
    try {
      await read(bytes);
    } catch (error) {
      refused++;
      if (!isCsiFeedbackError(error)) throw new Error(`${what}: ${String(error)}`, { cause: error });
      expect(error.message, what).toContain(name);
    }
  }
  return refused;
}
