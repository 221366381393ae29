// Reads our HDF5 layout: opened as a source that streams samples from disk and
// keeps the chunks last used within a memory budget, or read whole.
import type { AngleOrder } from "@csi-feedback/channel-dft";
import type { ChannelSet, MetadataValue } from "../channel-set";
import { badFile, checkExpansion, DEFAULT_MAX_BYTES } from "../files";
import { assertIndices, type ChannelSource } from "../source";
import { type ChannelFileHeader, FORMAT, FORMAT_VERSION, RESERVED_ATTRIBUTES } from "./header";
import { type Dataset, findDataset, guarded, type Hdf5File, openHdf5, readFloats, shapeOf } from "./library";

/** A channel file that is open for reading. */
export interface ChannelFile extends ChannelSource {
  readonly header: ChannelFileHeader;
  /** A per-sample entry of the header, whole: `[count, k]`. @throws CsiFeedbackError `MISSING_VARIABLE`. */
  perSample(name: string): Promise<Float32Array>;
  /** Closes the file; reading afterwards fails. */
  close(): void;
}

interface Opened {
  readonly file: Hdf5File;
  readonly channels: Dataset;
  readonly scale: Dataset | undefined;
  readonly count: number;
  readonly header: ChannelFileHeader;
}

/** True when the root group carries this layout's mark. */
export function isChannelLayout(file: Hdf5File, source: { name: string }): boolean {
  return guarded(source, "root attributes", () => attribute(file, source, "format") === FORMAT);
}

const MAX_ATTRIBUTE_BYTES = 2 ** 20;

function attribute(file: Hdf5File, source: { name: string }, name: string): MetadataValue | undefined {
  return guarded(source, `attribute ${name}`, () => {
    const found = file.attrs[name];
    if (found === undefined) return undefined;
    const { metadata, shape } = found;
    const bytes = metadata.size * metadata.total_size;
    if (bytes > MAX_ATTRIBUTE_BYTES) {
      badFile(
        "FILE_TOO_LARGE",
        source,
        `attribute ${name}`,
        `at most ${MAX_ATTRIBUTE_BYTES} bytes are read`,
        bytes,
      );
    }
    const { value } = found;
    if (typeof value === "string") return value;
    if (typeof value === "number") return metadata.type === 0 && metadata.size === 1 ? value !== 0 : value;
    if (Array.isArray(value) && value.length === 1 && typeof value[0] === "string") return value[0];
    if (!ArrayBuffer.isView(value)) return undefined;
    const numbers = Array.from(value as unknown as ArrayLike<number | bigint>, Number);
    return shape !== null && shape.length === 0 ? numbers[0] : numbers;
  });
}

async function open(path: string): Promise<Opened> {
  const source = { name: path };
  const file = await openHdf5(path);
  try {
    return inspect(file, source);
  } catch (error) {
    file.close();
    throw error;
  }
}

function inspect(file: Hdf5File, source: { name: string }): Opened {
  const format = attribute(file, source, "format");
  if (format !== FORMAT) {
    badFile("UNSUPPORTED_FORMAT", source, "attribute format", `it must be "${FORMAT}"`, format);
  }
  const version = attribute(file, source, "format_version");
  if (version !== FORMAT_VERSION) {
    badFile(
      "UNSUPPORTED_FORMAT",
      source,
      "attribute format_version",
      `it must be ${FORMAT_VERSION}`,
      version,
    );
  }
  const channels = findDataset(file, source, "channels");
  if (channels === undefined)
    return badFile("MISSING_VARIABLE", source, "datasets", "channels is needed", "none");
  const shape = shapeOf(channels, source);
  const [count, planes, delays, antennas] = shape;
  if (shape.length !== 4 || planes !== 2 || delays < 1 || antennas < 1 || count > 2 ** 31 - 1) {
    badFile("INVALID_SHAPE", source, "dataset channels", "it must be [count, 2, delays, antennas]", shape);
  }
  const order = attribute(file, source, "angle_order");
  if (order !== "fft" && order !== "centered") {
    badFile("FILE_CORRUPT", source, "attribute angle_order", 'it must be "fft" or "centered"', order);
  }
  const scale = findDataset(file, source, "scale");
  if (scale !== undefined && shapeOf(scale, source).join() !== String(count)) {
    badFile("INVALID_SHAPE", source, "dataset scale", `it must hold ${count} values`, shapeOf(scale, source));
  }
  const header: ChannelFileHeader = {
    shape: [2, delays, antennas],
    angleOrder: order as AngleOrder,
    scaled: scale !== undefined,
    perSample: perSampleEntries(file, source, count),
    metadata: metadataOf(file, source),
  };
  return { file, channels, scale, count, header };
}

function perSampleEntries(file: Hdf5File, source: { name: string }, count: number): Record<string, number> {
  const group = guarded(source, "group per_sample", () =>
    file.keys().includes("per_sample") ? file.get("per_sample") : null,
  );
  const entries: Record<string, number> = {};
  if (group === null || !("keys" in group)) return entries;
  for (const name of guarded(source, "group per_sample", () => group.keys())) {
    const dataset = findDataset(file, source, `per_sample/${name}`);
    const shape = dataset === undefined ? [] : shapeOf(dataset, source);
    if (shape[0] !== count || shape.length > 2) {
      badFile("INVALID_SHAPE", source, `dataset per_sample/${name}`, `it must have ${count} rows`, shape);
    }
    entries[name] = shape[1] ?? 1;
  }
  return entries;
}

function metadataOf(file: Hdf5File, source: { name: string }): Record<string, MetadataValue> {
  const metadata: Record<string, MetadataValue> = {};
  for (const name of guarded(source, "root attributes", () => Object.keys(file.attrs))) {
    if (RESERVED_ATTRIBUTES.has(name)) continue;
    const value = attribute(file, source, name);
    if (value !== undefined) metadata[name] = value;
  }
  return metadata;
}

/**
 * Opens a channel file in this package's HDF5 layout for reading by index. Chunks
 * are read when they are wanted; the last used ones stay in memory up to
 * `cacheBytes`. Every chunk is verified against its checksum and its range.
 *
 * @param options.cacheBytes - memory budget [bytes]; default 256 MiB.
 * @throws CsiFeedbackError `FILE_NOT_READABLE`, `FILE_CORRUPT`,
 * `UNSUPPORTED_FORMAT`, `MISSING_VARIABLE`, `INVALID_SHAPE`, `INVALID_TYPE`; reading
 * throws `INVALID_INDEX`, `FILE_CORRUPT`, `NOT_FINITE`, `OUT_OF_RANGE`.
 */
export async function openHdf5Channels(
  path: string,
  options: { cacheBytes?: number } = {},
): Promise<ChannelFile> {
  const source = { name: path };
  const { file, channels, scale, count, header } = await open(path);
  const size = header.shape[0] * header.shape[1] * header.shape[2];
  const perChunk = Math.max(
    1,
    Math.min(channels.metadata.chunks?.[0] ?? 64, Math.ceil(2 ** 22 / (4 * size))),
  );
  const cache = new Map<number, Float32Array>();
  const budget = options.cacheBytes ?? 2 ** 28;

  const loadChunk = async (chunk: number): Promise<Float32Array> => {
    const kept = cache.get(chunk);
    if (kept !== undefined) {
      cache.delete(chunk);
      cache.set(chunk, kept);
      return kept;
    }
    const from = chunk * perChunk;
    const rows = Math.min(perChunk, count - from);
    const values = await readFloats(channels, source, [from, 0, 0, 0], [rows, ...header.shape]);
    checkRange(source, values, from, size);
    cache.set(chunk, values);
    while (cache.size > 1 && cache.size * perChunk * size * 4 > budget)
      cache.delete(cache.keys().next().value as number);
    return values;
  };

  return {
    count,
    shape: header.shape,
    header,
    async read(indices) {
      assertIndices("read", indices, count);
      const result = new Float32Array(indices.length * size);
      // In the order of the file, so that each chunk is read once.
      const rows = Array.from(indices, (_, row) => row).sort((a, b) => indices[a] - indices[b]);
      for (const row of rows) {
        const values = await loadChunk(Math.floor(indices[row] / perChunk));
        const place = (indices[row] % perChunk) * size;
        result.set(values.subarray(place, place + size), row * size);
      }
      return result;
    },
    ...(scale === undefined
      ? {}
      : {
          async scales(indices: Int32Array) {
            assertIndices("scales", indices, count);
            const values = await readScale(scale, source, count);
            return Float32Array.from(indices, (index) => values[index]);
          },
        }),
    async perSample(name) {
      const width = header.perSample[name];
      const dataset = width === undefined ? undefined : findDataset(file, source, `per_sample/${name}`);
      if (dataset === undefined) {
        return badFile(
          "MISSING_VARIABLE",
          source,
          "group per_sample",
          `it holds ${Object.keys(header.perSample)}`,
          name,
        );
      }
      const shape = shapeOf(dataset, source);
      checkSize(source, dataset, shape);
      return readFloats(
        dataset,
        source,
        shape.map(() => 0),
        shape,
      );
    },
    close: () => {
      cache.clear();
      file.close();
    },
  };
}

function checkSize(source: { name: string }, dataset: Dataset, shape: readonly number[]): void {
  const bytes = shape.reduce((product, size) => product * size, dataset.metadata.size);
  if (bytes > DEFAULT_MAX_BYTES) {
    badFile(
      "FILE_TOO_LARGE",
      source,
      `dataset ${dataset.path}`,
      `at most ${DEFAULT_MAX_BYTES} bytes may be read`,
      bytes,
    );
  }
}

async function readScale(scale: Dataset, source: { name: string }, count: number): Promise<Float32Array> {
  checkSize(source, scale, [count]);
  const values = await readFloats(scale, source, [0], [count]);
  const bad = values.findIndex((value) => !(value > 0 && value < Number.POSITIVE_INFINITY));
  if (bad >= 0)
    badFile("OUT_OF_RANGE", source, "dataset scale", `value ${bad} must be positive`, values[bad]);
  return values;
}

function checkRange(source: { name: string }, values: Float32Array, firstSample: number, size: number): void {
  const bad = values.findIndex((value) => !(value >= 0 && value <= 1));
  if (bad < 0) return;
  const code = Number.isFinite(values[bad]) ? "OUT_OF_RANGE" : "NOT_FINITE";
  const sample = firstSample + Math.floor(bad / size);
  badFile(code, source, "dataset channels", `sample ${sample} must be in [0, 1]`, values[bad]);
}

/** Reads a whole file in our layout. */
export async function readHdf5Channels(
  path: string,
  fileBytes: number,
  maxBytes: number,
): Promise<ChannelSet> {
  const source = { name: path };
  const opened = await openHdf5Channels(path, { cacheBytes: 0 });
  try {
    const { count, header } = opened;
    const bytes = 4 * count * header.shape[0] * header.shape[1] * header.shape[2];
    checkExpansion(source, "dataset channels", fileBytes, bytes, maxBytes);
    const indices = Int32Array.from({ length: count }, (_, i) => i);
    const perSample: Record<string, Float32Array> = {};
    for (const name of Object.keys(header.perSample)) perSample[name] = await opened.perSample(name);
    return {
      data: await opened.read(indices),
      shape: [count, ...header.shape],
      ...(opened.scales === undefined ? {} : { scale: await opened.scales(indices) }),
      angleOrder: header.angleOrder,
      perSample,
      metadata: header.metadata,
    };
  } finally {
    opened.close();
  }
}
