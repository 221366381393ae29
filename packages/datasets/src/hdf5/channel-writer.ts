// A writer that takes samples as they are made and can be stopped at any moment.
// They go to a journal beside the target, one checksummed record a call; finishing
// turns the journal into an HDF5 file. A journal cut in the middle of a record (a
// crash, a full disk, Ctrl-C) is continued after its last whole record.
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { invalid } from "@csi-feedback/common";
import { badFile } from "../files";
import { assertBlock, assertHeader, type ChannelBlock, type ChannelFileHeader } from "./header";
import { writeBlocks } from "./write";

/** A channel file in the making; see {@link createChannelWriter}. */
export interface ChannelWriter {
  /** Samples written so far, those of an interrupted run included: the next one to make. */
  readonly count: number;
  /**
   * Adds consecutive samples.
   *
   * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `OUT_OF_RANGE`; the
   * error of the file system, after which `count` is still right.
   */
  append(block: ChannelBlock): void;
  /** Makes the HDF5 file and removes the journal. @throws CsiFeedbackError `FILE_NOT_WRITABLE`. */
  finish(): Promise<void>;
  /** Leaves the journal for a later run. */
  close(): void;
}

const MAGIC = 0x43534931;
const RECORD_HEADER = 16;
const MAX_RECORD_BYTES = 2 ** 31 - 1;

/**
 * Starts a channel file at `path`, or continues the one that an earlier run with
 * the same header left unfinished in `path.partial`. One writer a path at a time.
 *
 * @throws CsiFeedbackError `PARTIAL_MISMATCH` when `path.partial` was begun with
 * another header (remove it to start over), `INVALID_SHAPE`, `INVALID_ARGUMENT`.
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { createChannelWriter, readChannels } from "@csi-feedback/datasets/node";
 *
 * const path = join(await mkdtemp(join(tmpdir(), "example-")), "channels.h5");
 * const header = {
 *   shape: [2, 4, 4] as const,
 *   angleOrder: "centered" as const,
 *   scaled: true,
 *   perSample: {},
 *   metadata: { channel: "none", seed: 1 },
 * };
 * const writer = await createChannelWriter(path, header);
 * while (writer.count < 10) {
 *   writer.append({ data: new Float32Array(64).fill(0.5), scale: Float32Array.of(1, 1), perSample: {} });
 * }
 * await writer.finish();
 * console.log((await readChannels(path)).shape); // [ 10, 2, 4, 4 ]
 * ```
 */
export async function createChannelWriter(path: string, header: ChannelFileHeader): Promise<ChannelWriter> {
  assertHeader("createChannelWriter", header);
  const journal = `${path}.partial`;
  await mkdir(dirname(path), { recursive: true });
  const first = Buffer.from(
    `${JSON.stringify({ format: "csi-feedback partial channels", version: 1, header })}\n`,
  );
  const descriptor = openSync(journal, existsSync(journal) ? "r+" : "w+");
  try {
    return await startWriter(path, journal, header, first, descriptor);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

async function startWriter(
  path: string,
  journal: string,
  header: ChannelFileHeader,
  first: Buffer,
  descriptor: number,
): Promise<ChannelWriter> {
  const { size } = await stat(journal);
  const begin = readAt(descriptor, 0, Math.min(size, first.length));
  if (!first.subarray(0, begin.length).equals(begin)) {
    const rule = "it was begun with other parameters; remove it to start over";
    badFile("PARTIAL_MISMATCH", { name: journal }, "first line", rule, begin.toString("latin1").slice(0, 60));
  }
  // A first line cut short holds no samples yet.
  if (begin.length < first.length) writeAll(descriptor, 0, first);
  let end = first.length;
  let count = 0;
  for (const record of records(descriptor, header, first.length, size)) {
    end = record.end;
    count += record.count;
  }
  ftruncateSync(descriptor, end);
  let open = true;
  const assertOpen = (functionName: string) => {
    if (!open) invalid("WRITER_CLOSED", functionName, "the writer must be open", path);
  };
  return {
    get count() {
      return count;
    },
    append(block) {
      assertOpen("append");
      const added = assertBlock("append", header, block);
      const record = encodeRecord(header, block, added);
      writeAll(descriptor, end, record);
      end += record.length;
      count += added;
    },
    async finish() {
      assertOpen("finish");
      fsyncSync(descriptor);
      const blocks = function* () {
        for (const record of records(descriptor, header, first.length, end)) yield record.block();
      };
      await writeBlocks(path, header, count, blocks());
      open = false;
      closeSync(descriptor);
      await rm(journal, { force: true });
    },
    close() {
      if (!open) return;
      open = false;
      closeSync(descriptor);
    },
  };
}

function readAt(descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const part = readSync(descriptor, bytes, done, length - done, offset + done);
    if (part === 0) break;
    done += part;
  }
  return bytes.subarray(0, done);
}

function writeAll(descriptor: number, offset: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
  }
}

/** Values of one sample in a record. */
function widthOf(header: ChannelFileHeader): number {
  const [planes, delays, antennas] = header.shape;
  const extra = Object.values(header.perSample).reduce((sum, width) => sum + width, header.scaled ? 1 : 0);
  return planes * delays * antennas + extra;
}

function encodeRecord(header: ChannelFileHeader, block: ChannelBlock, count: number): Buffer {
  const parts = [block.data, block.scale ?? new Float32Array(0)];
  for (const name of Object.keys(header.perSample)) parts.push(block.perSample[name]);
  const length = 4 * count * widthOf(header);
  if (length > MAX_RECORD_BYTES) {
    invalid("INVALID_SHAPE", "append", `at most ${MAX_RECORD_BYTES} bytes fit one block`, length);
  }
  const head = Buffer.alloc(RECORD_HEADER);
  const body = Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(count, 4);
  head.writeUInt32LE(body.length, 8);
  head.writeUInt32LE(crc32(body, count), 12);
  return Buffer.concat([head, body]);
}

interface JournalRecord {
  readonly count: number;
  readonly end: number;
  block(): ChannelBlock;
}

/** The whole, undamaged records from `start`, up to the first one that is not. */
function* records(
  descriptor: number,
  header: ChannelFileHeader,
  start: number,
  size: number,
): Generator<JournalRecord> {
  const width = widthOf(header);
  let offset = start;
  while (offset + RECORD_HEADER <= size) {
    const head = readAt(descriptor, offset, RECORD_HEADER);
    if (head.length < RECORD_HEADER || head.readUInt32LE(0) !== MAGIC) return;
    const count = head.readUInt32LE(4);
    const length = head.readUInt32LE(8);
    const end = offset + RECORD_HEADER + length;
    if (length !== 4 * count * width || end > size) return;
    const body = readAt(descriptor, offset + RECORD_HEADER, length);
    if (body.length < length || crc32(body, count) !== head.readUInt32LE(12)) return;
    yield { count, end, block: () => decodeRecord(header, body, count) };
    offset = end;
  }
}

function decodeRecord(header: ChannelFileHeader, body: Buffer, count: number): ChannelBlock {
  const values = new Float32Array(body.length / 4);
  new Uint8Array(values.buffer).set(body);
  let from = 0;
  const take = (length: number) => {
    from += length;
    return values.subarray(from - length, from);
  };
  const [planes, delays, antennas] = header.shape;
  const data = take(count * planes * delays * antennas);
  const scale = header.scaled ? { scale: take(count) } : {};
  const perSample: Record<string, Float32Array> = {};
  for (const [name, width] of Object.entries(header.perSample)) perSample[name] = take(count * width);
  return { data, ...scale, perSample };
}
