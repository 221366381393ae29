// Writes our HDF5 layout from blocks of samples, in memory that does not grow with
// their number. Chunks carry a checksum (fletcher32), as the file's own structures
// do. The same samples and header give the same bytes.
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { ChannelSet, MetadataValue } from "../channel-set";
import { assertChannelSet } from "../channel-set";
import {
  assertBlock,
  assertHeader,
  type ChannelBlock,
  type ChannelFileHeader,
  FORMAT,
  FORMAT_VERSION,
} from "./header";
import { guarded, type Hdf5File, hdf5Library, withStandingClock } from "./library";

const FLETCHER32 = 3;
/** Samples in one chunk: about 64 KiB, which is also the least that a random read touches. */
function samplesPerChunk(sampleBytes: number): number {
  return Math.max(1, Math.floor(65536 / sampleBytes));
}

/**
 * Writes a channel file of `count` samples; it appears whole or not at all.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `OUT_OF_RANGE`,
 * `INVALID_ARGUMENT`, `FILE_NOT_WRITABLE`.
 */
export async function writeBlocks(
  path: string,
  header: ChannelFileHeader,
  count: number,
  blocks: Iterable<ChannelBlock>,
): Promise<void> {
  assertHeader("writeChannels", header);
  const { File } = await hdf5Library();
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
  try {
    const file = checked(path, () => new File(temporary, "w", { libver: ["v108", "latest"] }));
    try {
      checked(path, () => createLayout(file, header, count));
      let from = 0;
      for (const block of blocks) {
        const added = assertBlock("writeChannels", header, block);
        checked(path, () => writeBlock(file, header, block, from, added));
        from += added;
      }
    } finally {
      checked(path, () => file.close());
    }
    const written = await open(temporary, "r+");
    await written.sync().finally(() => written.close());
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function checked<T>(path: string, use: () => T): T {
  return guarded({ name: path }, "HDF5 file", () => withStandingClock(use), "FILE_NOT_WRITABLE");
}

function createLayout(file: Hdf5File, header: ChannelFileHeader, count: number): void {
  const create = (name: string, shape: number[]) => {
    const sampleBytes = 4 * shape.slice(1).reduce((product, size) => product * size, 1);
    const chunk = Math.min(samplesPerChunk(sampleBytes), Math.max(count, 1));
    file.create_dataset({
      name,
      data: new Float32Array(0),
      shape: [0, ...shape.slice(1)],
      maxshape: [null, ...shape.slice(1)],
      chunks: [chunk, ...shape.slice(1)],
      dtype: "<f4",
      compression: FLETCHER32,
      compression_opts: [],
    });
    const dataset = file.get(name);
    if (dataset !== null && "resize" in dataset) dataset.resize(shape);
  };
  create("channels", [count, ...header.shape]);
  if (header.scaled) create("scale", [count]);
  if (Object.keys(header.perSample).length > 0) file.create_group("per_sample");
  for (const [name, width] of Object.entries(header.perSample)) {
    create(`per_sample/${name}`, width === 1 ? [count] : [count, width]);
  }
  file.create_attribute("format", FORMAT);
  file.create_attribute("format_version", FORMAT_VERSION, [], "<i4");
  file.create_attribute("angle_order", header.angleOrder);
  const rule = header.scaled
    ? "value = (channels - 0.5) * scale[sample]"
    : "values in [0, 1], 0.5 = zero, scale unknown";
  file.create_attribute("scaling", rule);
  for (const [name, value] of Object.entries(header.metadata)) createAttribute(file, name, value);
}

/** Text as text, numbers as doubles, booleans as bytes. */
function createAttribute(file: Hdf5File, name: string, value: MetadataValue): void {
  if (typeof value === "string") file.create_attribute(name, value === "" ? "\0" : value);
  else if (typeof value === "boolean") file.create_attribute(name, Uint8Array.of(value ? 1 : 0), [], "<B");
  else if (typeof value === "number") file.create_attribute(name, Float64Array.of(value), [], "<d");
  else file.create_attribute(name, Float64Array.from(value), [value.length], "<d");
}

function writeBlock(
  file: Hdf5File,
  header: ChannelFileHeader,
  block: ChannelBlock,
  from: number,
  count: number,
): void {
  if (count === 0) return;
  const write = (name: string, shape: readonly number[], values: Float32Array) => {
    const dataset = file.get(name);
    if (dataset === null || !("write_slice" in dataset)) return;
    dataset.write_slice([[from, from + count], ...shape.map((size): [number, number] => [0, size])], values);
  };
  write("channels", header.shape, block.data);
  if (block.scale !== undefined) write("scale", [], block.scale);
  for (const [name, width] of Object.entries(header.perSample)) {
    write(`per_sample/${name}`, width === 1 ? [] : [width], block.perSample[name]);
  }
}

/**
 * Writes a channel set as an HDF5 file in this package's layout, which h5py and
 * MATLAB open as it is. The file appears whole or not at all, and the same set
 * gives the same bytes.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `OUT_OF_RANGE` for an
 * inconsistent set, `INVALID_ARGUMENT` for metadata that HDF5 cannot hold,
 * `FILE_NOT_WRITABLE`.
 */
export async function writeChannels(path: string, set: ChannelSet): Promise<void> {
  assertChannelSet("writeChannels", set);
  const [count, planes, delays, antennas] = set.shape;
  const scale = set.scale?.length === 1 ? new Float32Array(count).fill(set.scale[0]) : set.scale;
  const widths = Object.entries(set.perSample).map(([name, values]) => [
    name,
    count === 0 ? 1 : values.length / count,
  ]);
  const header: ChannelFileHeader = {
    shape: [planes, delays, antennas],
    angleOrder: set.angleOrder,
    scaled: scale !== undefined,
    perSample: Object.fromEntries(widths),
    metadata: set.metadata,
  };
  const block = { data: set.data, perSample: set.perSample, ...(scale === undefined ? {} : { scale }) };
  await writeBlocks(path, header, count, [block]);
}
