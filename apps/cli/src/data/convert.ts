// `csi-feedback data convert`: the channels of a file in another format.
import { invalid } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import type { ChannelSet } from "@csi-feedback/datasets";
import {
  type AxisName,
  encodeNpy,
  type ReadChannelsOptions,
  readChannels,
  writeChannels,
  writeCsiNet,
} from "@csi-feedback/datasets/node";
import { refuseExisting } from "./existing";

/** The options of `csi-feedback data convert`, as the command line gives them. */
export interface ConvertOptions {
  readonly to?: string;
  readonly force?: boolean;
  readonly variable?: string;
  readonly axes?: string;
  readonly delays?: number;
  readonly antennas?: number;
  readonly baseStation?: number;
}

interface Format {
  readonly extensions: readonly string[];
  /** What the format has no place for. */
  readonly loses: (set: ChannelSet) => string[];
  readonly write: (path: string, set: ChannelSet) => Promise<void>;
}

const formats: Readonly<Record<string, Format>> = {
  csinet: {
    extensions: [".mat"],
    loses: ({ metadata }) => (Object.keys(metadata).length > 0 ? ["the metadata"] : []),
    write: writeCsiNet,
  },
  hdf5: {
    extensions: [".h5", ".hdf5"],
    loses: () => [],
    write: writeChannels,
  },
  npy: {
    extensions: [".npy"],
    loses: ({ metadata, scale, perSample }) => [
      ...(scale === undefined ? [] : ["the scale"]),
      ...(Object.keys(perSample).length > 0 ? ["what is known of each sample"] : []),
      ...(Object.keys(metadata).length > 0 ? ["the metadata"] : []),
    ],
    write: (path, { data, shape }) => writeFileAtomic(path, encodeNpy({ shape, re: data })),
  },
};

/** Reads any known format and writes the one that is asked for. */
export async function convertFile(from: string, to: string, options: ConvertOptions): Promise<void> {
  const format = formatOf(to, options.to);
  refuseExisting(to, options.force);
  const set = await readChannels(from, readOptions(options));
  await format.write(to, set);
  const lost = format.loses(set);
  if (lost.length > 0) process.stderr.write(`this format has no place for ${lost.join(", ")}\n`);
  process.stderr.write(`${set.shape[0]} samples in ${to}\n`);
}

function formatOf(path: string, name: string | undefined): Format {
  const names = Object.keys(formats).join(", ");
  if (name !== undefined) {
    if (!Object.hasOwn(formats, name)) invalid("INVALID_OPTION", "--to", `must be one of ${names}`, name);
    return formats[name];
  }
  const found = Object.values(formats).find(({ extensions }) =>
    extensions.some((extension) => path.toLowerCase().endsWith(extension)),
  );
  const rule = `the file's name must end in .mat, .h5, .hdf5 or .npy, or --to must name one of ${names}`;
  return found ?? invalid("INVALID_OPTION", "data convert", rule, path);
}

function readOptions({ variable, axes, delays, antennas, baseStation }: ConvertOptions): ReadChannelsOptions {
  return {
    ...(variable === undefined ? {} : { variable }),
    // The reader checks the names.
    ...(axes === undefined ? {} : { axes: axes.split(",") as AxisName[] }),
    ...(delays === undefined ? {} : { delays }),
    ...(antennas === undefined ? {} : { antennas }),
    ...(baseStation === undefined ? {} : { baseStation }),
  };
}
