// Reads a file of channels of any known format, recognised by its content, whole or
// as a source that reads by index.
import { type AngleOrder, centerAngles } from "@csi-feedback/channel-dft";
import { type AxisName, channelsFromArray, channelsFromFrequency } from "./axes";
import type { ChannelSet } from "./channel-set";
import { channelsFromCsiNet, frequencyFromCsiNet, type MatlabVariables } from "./csinet";
import { DEEPMIMO_DATASET, frequencyFromDeepMimo } from "./deepmimo-dataset";
import type { DenseArray } from "./dense-array";
import { type ByteSource, badFile, DEFAULT_MAX_BYTES, withFile } from "./files";
import { asMatlabArray, numericDatasets, readArray } from "./hdf5/arrays";
import { openHdf5 } from "./hdf5/library";
import { type ChannelFile, isChannelLayout, openHdf5Channels, readHdf5Channels } from "./hdf5/read";
import { isMat5, listMatSource, parseMat } from "./mat/read-mat";
import { numericVariables } from "./matlab-array";
import { isNpy, parseNpy } from "./numpy/npy";
import { isZip, zipEntries } from "./numpy/npz";
import { channelsFromNumpy } from "./numpy/numpy-channels";
import { sourceOf } from "./source";

export interface ReadChannelsOptions {
  /** Antennas of a CsiNet file whose samples are not 32 x 32. */
  readonly antennas?: number;
  /** Base station of a dataset that DeepMIMO's generator wrote, from 1; default 1. */
  readonly baseStation?: number;
  /** Delay taps to keep of a file in the frequency domain; default 32, or all if fewer. */
  readonly delays?: number;
  /** The array to read of a file in no known layout; needed when it holds several. */
  readonly variable?: string;
  /**
   * What each dimension of that array counts, in MATLAB's order for MAT files and
   * numpy's order otherwise.
   */
  readonly axes?: readonly AxisName[];
  /** Order of the angle axis of such an array; default `"centered"`. */
  readonly angleOrder?: AngleOrder;
  /** Largest array that is read into memory [bytes]; default 2 GiB. */
  readonly maxBytes?: number;
}

/**
 * Reads a file of channels, whatever its format: this package's HDF5 layout,
 * CsiNet's `HT` or `HF_all` in MAT files (Level 5 and v7.3), what DeepMIMO's MATLAB
 * generator writes (`DeepMIMO_dataset`, Level 5), `.npy` and `.npz`, and,
 * with `axes`, any complex array in any of them.
 *
 * @returns channels in [0, 1] with their scale where it is known, angles centered.
 * @throws CsiFeedbackError `FILE_NOT_READABLE`, `UNKNOWN_FORMAT`,
 * `UNSUPPORTED_FORMAT`, `FILE_TRUNCATED`, `FILE_CORRUPT`, `FILE_TOO_LARGE`,
 * `MISSING_VARIABLE`, `INVALID_SHAPE`, `INVALID_TYPE`, `INVALID_AXES`, `NOT_FINITE`,
 * `OUT_OF_RANGE`; the message names the file and the place in it.
 */
export async function readChannels(path: string, options: ReadChannelsOptions = {}): Promise<ChannelSet> {
  return withFile(path, (source) => readSource(source, options));
}

/**
 * Opens a file of channels for reading by index, with its header and per-sample
 * values. This package's HDF5 layout is streamed from disk within `cacheBytes` of
 * memory, its angles in the file's order (`header.angleOrder`); every other format
 * is read whole, angles centered. `close` it after use.
 *
 * @param options.cacheBytes - memory budget of a streamed file [bytes]; default 256 MiB.
 * @throws CsiFeedbackError as {@link readChannels}.
 */
export async function openChannels(
  path: string,
  options: ReadChannelsOptions & { cacheBytes?: number } = {},
): Promise<ChannelFile> {
  const streamed = await withFile(path, async (source) => isHdf5(source) && (await isOurs(source)));
  if (streamed) return openHdf5Channels(path, options);
  return channelFileOf(path, await readChannels(path, options));
}

/** A set in memory, seen as an open file. */
function channelFileOf(path: string, set: ChannelSet): ChannelFile {
  const { shape, angleOrder, scale, perSample, metadata } = set;
  const [count, ...sampleShape] = shape;
  const widths = Object.entries(perSample).map(([name, { length }]) => [name, count && length / count]);
  return {
    ...sourceOf(set),
    header: {
      shape: sampleShape,
      angleOrder,
      scaled: scale !== undefined,
      perSample: Object.fromEntries(widths),
      metadata,
    },
    perSample: async (name) => {
      if (Object.hasOwn(perSample, name)) return perSample[name].slice();
      return badFile(
        "MISSING_VARIABLE",
        { name: path },
        "per-sample values",
        `it holds ${Object.keys(perSample)}`,
        name,
      );
    },
    close: () => undefined,
  };
}

async function readSource(source: ByteSource, options: ReadChannelsOptions): Promise<ChannelSet> {
  const head = source.read(0, Math.min(source.size, 128));
  if (isHdf5(source)) return readHdf5(source, options);
  if (isMat5(head)) return readMat5(source, options);
  if (isNpy(head) || isZip(head)) return readNumpy(source, options, isNpy(head));
  return badFile(
    "UNKNOWN_FORMAT",
    source,
    "byte 0",
    "no known format of channels begins like this",
    printable(head),
  );
}

function printable(head: Uint8Array): string {
  return new TextDecoder("latin1").decode(head.subarray(0, 16)).replace(/[^\x20-\x7e]/g, ".");
}

const HDF5_SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** HDF5 may begin at byte 0, or after a user block of 512 bytes (v7.3 MAT files) or more. */
function isHdf5(source: ByteSource): boolean {
  for (
    let offset = 0;
    offset + 8 <= source.size && offset <= 2 ** 20;
    offset = offset === 0 ? 512 : 2 * offset
  ) {
    const bytes = source.read(offset, 8);
    if (HDF5_SIGNATURE.every((byte, i) => bytes[i] === byte)) return true;
  }
  return false;
}

async function isOurs(source: ByteSource): Promise<boolean> {
  const file = await openHdf5(source.name);
  try {
    return isChannelLayout(file, source);
  } finally {
    file.close();
  }
}

async function readHdf5(source: ByteSource, options: ReadChannelsOptions): Promise<ChannelSet> {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  if (await isOurs(source)) {
    const set = await readHdf5Channels(source.name, source.size, maxBytes);
    return set.angleOrder === "centered"
      ? set
      : { ...set, data: centerAngles(set).data, angleOrder: "centered" };
  }
  const file = await openHdf5(source.name);
  try {
    const names = numericDatasets(file, source);
    // v7.3 MAT files have a header of their own before the HDF5 part.
    const matlab = source.read(0, 6).every((byte, i) => byte === "MATLAB".charCodeAt(i));
    if (options.axes !== undefined || options.variable !== undefined) {
      const name = chosen(source, names, options.variable);
      const array = await readArray(file, source, name, maxBytes);
      const axes = matlab ? [...(options.axes ?? [])].reverse() : (options.axes ?? []);
      return channelsFromArray(source, `dataset ${name}`, array, axes, options, { source_format: "HDF5" });
    }
    const wanted = names.includes("HT") ? names : names.filter((name) => name === "HF_all");
    const variables = new Map<string, ReturnType<typeof asMatlabArray>>();
    for (const name of wanted)
      variables.set(name, asMatlabArray(await readArray(file, source, name, maxBytes)));
    return fromCsiNet(source, variables, names, options, "MAT v7.3");
  } finally {
    file.close();
  }
}

function readMat5(source: ByteSource, options: ReadChannelsOptions): ChannelSet {
  const limit = { maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES };
  const names = listMatSource(source).map(({ name }) => name);
  if (options.axes !== undefined || options.variable !== undefined) {
    const name = chosen(source, names, options.variable);
    const array = numericVariables(parseMat(source, { ...limit, variables: [name] })).get(name);
    if (array === undefined)
      return badFile("INVALID_TYPE", source, `variable ${name}`, "it must hold numbers", "another kind");
    // Column-major memory is row-major memory with the dimensions in reverse.
    const number = (values: typeof array.re) =>
      Float64Array.from(values as ArrayLike<number | bigint>, Number);
    const dense: DenseArray = {
      shape: [...array.dimensions].reverse(),
      re: number(array.re),
      im: array.im === undefined ? undefined : number(array.im),
    };
    const axes = [...(options.axes ?? [])].reverse();
    return channelsFromArray(source, `variable ${name}`, dense, axes, options, { source_format: "MAT" });
  }
  if (names.includes(DEEPMIMO_DATASET)) {
    const values = parseMat(source, { ...limit, variables: [DEEPMIMO_DATASET] });
    const { channels, users } = frequencyFromDeepMimo(source, values, options.baseStation);
    const set = channelsFromFrequency(channels, options.delays, { source_format: "DeepMIMO dataset, MAT" });
    return { ...set, perSample: { user: users } };
  }
  const wanted = names.includes("HT") ? names : ["HF_all"];
  const variables = numericVariables(parseMat(source, { ...limit, variables: wanted }));
  return fromCsiNet(source, variables, names, options, "MAT");
}

function chosen(source: ByteSource, names: readonly string[], variable: string | undefined): string {
  const name = variable ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined || !names.includes(name)) {
    return badFile(
      "MISSING_VARIABLE",
      source,
      "variables",
      `choose one of ${names.join(", ")}`,
      variable ?? "none",
    );
  }
  return name;
}

function fromCsiNet(
  source: ByteSource,
  variables: MatlabVariables,
  names: readonly string[],
  options: ReadChannelsOptions,
  format: string,
): ChannelSet {
  if (variables.has("HT"))
    return channelsFromCsiNet(source, variables, options, { source_format: `CsiNet, ${format}` });
  const table = variables.get("HF_all");
  if (table === undefined) {
    const rule =
      "channels are looked for in HT and HF_all; name the variable and its axes for another layout";
    return badFile("MISSING_VARIABLE", source, "variables", rule, names);
  }
  const frequency = frequencyFromCsiNet(source, table, options);
  return channelsFromFrequency(frequency, options.delays, { source_format: `CsiNet HF_all, ${format}` });
}

function readNumpy(source: ByteSource, options: ReadChannelsOptions, single: boolean): ChannelSet {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const arrays = new Map<string, () => DenseArray>();
  if (single) {
    if (source.size > maxBytes + 2 ** 17) {
      badFile(
        "FILE_TOO_LARGE",
        source,
        "byte 0",
        `at most maxBytes = ${maxBytes} bytes may be read`,
        source.size,
      );
    }
    arrays.set("array", () => parseNpy(source, source.read(0, source.size), maxBytes));
  } else {
    for (const entry of zipEntries(source)) {
      const inner = { name: `${source.name}, file ${entry.name}` };
      const name = entry.name.replace(/\.npy$/, "");
      arrays.set(name, () => parseNpy(inner, entry.read(maxBytes + 2 ** 17), maxBytes));
    }
  }
  return channelsFromNumpy(source, arrays, options);
}
