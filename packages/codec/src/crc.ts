// Cyclic redundancy checks, most significant bit first, no final inversion. Every
// one of them detects any single flipped bit and any burst no longer than itself.

/** Width of a check in bits. 24 is CRC24A of 3GPP TS 38.212. */
export type CrcBits = 8 | 16 | 24 | 32;

const POLYNOMIALS: Readonly<Record<CrcBits, number>> = {
  8: 0x07,
  16: 0x1021,
  24: 0x864cfb,
  32: 0x04c11db7,
};

const tables = new Map<CrcBits, Int32Array>();

/** Remainders of all bytes, kept in the upper bits of a 32-bit word. */
function table(bits: CrcBits): Int32Array {
  let entries = tables.get(bits);
  if (entries === undefined) {
    const polynomial = POLYNOMIALS[bits] << (32 - bits);
    entries = Int32Array.from({ length: 256 }, (_, byte) => {
      let word = byte << 24;
      for (let i = 0; i < 8; i++) word = word < 0 ? (word << 1) ^ polynomial : word << 1;
      return word;
    });
    tables.set(bits, entries);
  }
  return entries;
}

/** The check of `bytes` from `start` on, as an unsigned integer of `bits` bits. */
export function crc(bits: CrcBits, initial: number, bytes: Uint8Array, start = 0): number {
  const entries = table(bits);
  let word = initial << (32 - bits);
  for (let i = start; i < bytes.length; i++) word = (word << 8) ^ entries[(word >>> 24) ^ bytes[i]];
  return word >>> (32 - bits);
}
