import fc from "fast-check";
import { expect, test } from "vitest";
import { RangeDecoder, RangeEncoder } from "./range-coder";

const symbols = fc.array(
  fc
    .integer({ min: 1, max: 2 ** 20 })
    .chain((total) =>
      fc
        .integer({ min: 0, max: total - 1 })
        .chain((cumulative) =>
          fc
            .integer({ min: 1, max: total - cumulative })
            .map((frequency) => ({ cumulative, frequency, total })),
        ),
    ),
  { maxLength: 80 },
);

test("symbols come back, whatever follows the message, and its length is found", () => {
  fc.assert(
    fc.property(symbols, fc.uint8Array({ maxLength: 12 }), (message, after) => {
      const encoder = new RangeEncoder();
      let information = 0;
      for (const { cumulative, frequency, total } of message) {
        encoder.encode(cumulative, frequency, total);
        information += Math.log2(total / frequency);
      }
      const { bytes, bits } = encoder.finish();
      expect(bytes.length).toBe(Math.ceil(bits / 8));
      // Less than two bits above the information, and 2^-20 of a bit lost a symbol at most.
      expect(bits).toBeLessThan(information + 2 + 2 ** -18 * message.length);
      // The last byte's unused bits belong to whatever follows.
      const stream = Uint8Array.of(...bytes, ...after);
      if (bits % 8 > 0 && after.length > 0) stream[bytes.length - 1] |= after[0] & (0xff >> (bits % 8));
      const decoder = new RangeDecoder(stream);
      for (const { cumulative, frequency, total } of message) {
        const place = decoder.locate(total);
        if (place < cumulative || place >= cumulative + frequency) throw new Error(`symbol at ${place}`);
        decoder.consume(cumulative, frequency, total);
      }
      expect(decoder.finish()).toBe(bits);
    }),
    { numRuns: 150 },
  );
});

test("powers of two come out as plain bits, most significant first", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ width: fc.integer({ min: 1, max: 40 }), value: fc.nat() })),
      (fields) => {
        const encoder = new RangeEncoder();
        let text = "";
        for (const { width, value } of fields) {
          const field = value % 2 ** Math.min(width, 31);
          encoder.encodeBits(field, width);
          text += field.toString(2).padStart(width, "0");
        }
        const { bytes, bits } = encoder.finish();
        expect(bits).toBe(text.length);
        const packed = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
        expect(packed.slice(0, bits)).toBe(text);
        expect(packed.slice(bits)).toMatch(/^0*$/);
        const decoder = new RangeDecoder(bytes);
        for (const { width, value } of fields)
          expect(decoder.decodeBits(width)).toBe(value % 2 ** Math.min(width, 31));
      },
    ),
  );
});

test("carries run through bytes of ones", () => {
  // Certain symbols at the top of the interval, then one that tips over.
  for (let certain = 0; certain < 60; certain++) {
    const encoder = new RangeEncoder();
    const message: [number, number, number][] = [];
    for (let i = 0; i < certain; i++) message.push([254, 1, 255]);
    message.push([1, 2, 3], [0, 1, 7]);
    for (const symbol of message) encoder.encode(...symbol);
    const decoder = new RangeDecoder(encoder.finish().bytes);
    for (const [cumulative, frequency, total] of message) {
      const place = decoder.locate(total);
      if (place < cumulative || place >= cumulative + frequency) throw new Error(`symbol at ${place}`);
      decoder.consume(cumulative, frequency, total);
    }
    decoder.finish();
  }
});
