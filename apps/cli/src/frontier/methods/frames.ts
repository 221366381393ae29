// Small things that methods built on the codec's frames share.

/** Bits of a frame without its error check, whole bytes. */
export function messageBits(frame: Uint8Array, crcBits: number): number {
  return 8 * frame.length - crcBits;
}

/** The first samples of a set, each its own array. */
export function samplesOf(data: Float32Array, size: number, count: number): Float32Array[] {
  return Array.from({ length: Math.min(count, data.length / size) }, (_, i) =>
    data.slice(i * size, (i + 1) * size),
  );
}
