// What a safetensors reader reads from: anything with a size and random access.

/** A file of known size that is read by ranges. */
export interface ByteSource {
  /** Bytes of the whole file. */
  readonly fileBytes: number;
  /** Bytes transferred so far, from the disk or the network; bytes that a cache supplied do not count. */
  readonly bytesRead: number;
  /** The bytes from `begin` up to, not including, `end`. */
  read(begin: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}
