// Channels from numpy arrays. Without named axes an array is recognised by its shape
// and type: real [N, 2, delays, antennas] in [0, 1] as our data, real [N, width] as
// CsiNet's HT, complex [N, subcarriers, antennas] as frequency-domain channels.
import { type AxisName, type ConversionOptions, channelsFromArray } from "../axes";
import { assertChannelSet, type ChannelSet } from "../channel-set";
import { channelsFromCsiNet } from "../csinet";
import type { DenseArray } from "../dense-array";
import { badFile } from "../files";

interface NumpyOptions extends ConversionOptions {
  readonly antennas?: number | undefined;
  readonly variable?: string | undefined;
  readonly axes?: readonly AxisName[] | undefined;
}

/** Names under which an archive may hold its channels, in this order. */
const CHANNEL_NAMES = ["channels", "HT", "H"];

export function channelsFromNumpy(
  source: { name: string },
  arrays: ReadonlyMap<string, () => DenseArray>,
  options: NumpyOptions,
): ChannelSet {
  const names = [...arrays.keys()];
  const name =
    options.variable ??
    CHANNEL_NAMES.find((known) => arrays.has(known)) ??
    (names.length === 1 ? names[0] : undefined);
  const load = name === undefined ? undefined : arrays.get(name);
  if (name === undefined || load === undefined) {
    return badFile("MISSING_VARIABLE", source, "arrays", `choose one of ${names.join(", ")}`, name ?? "none");
  }
  const array = load();
  const place = `array ${name}`;
  const metadata = { source_format: "numpy" };
  if (options.axes !== undefined)
    return channelsFromArray(source, place, array, options.axes, options, metadata);
  if (array.im !== undefined && array.shape.length === 3) {
    return channelsFromArray(source, place, array, ["sample", "subcarrier", "antenna"], options, metadata);
  }
  const scale = arrays.get("scale")?.();
  if (array.im === undefined && array.shape.length === 4)
    return scaledChannels(source, place, array, scale, metadata);
  if (array.im === undefined && array.shape.length === 2) {
    const [count, width] = array.shape;
    const columns = array.re.map((_, i) => array.re[(i % count) * width + Math.floor(i / count)]);
    const variables = new Map([["HT", { dimensions: [count, width], re: columns }]]);
    const set = channelsFromCsiNet(source, variables, options, metadata);
    return scale === undefined
      ? set
      : withScale(
          source,
          set,
          Float32Array.from(scale.re, (peak) => 2 * peak),
        );
  }
  const rule =
    "without axes it must be [N, 2, delays, antennas], [N, 2 * antennas * delays] or complex [N, subcarriers, antennas]";
  return badFile("INVALID_SHAPE", source, place, rule, array.shape);
}

function scaledChannels(
  source: { name: string },
  place: string,
  array: DenseArray,
  scale: DenseArray | undefined,
  metadata: ChannelSet["metadata"],
): ChannelSet {
  const [count, planes, delays, antennas] = array.shape;
  if (planes !== 2)
    badFile("INVALID_SHAPE", source, place, "it must be [N, 2, delays, antennas]", array.shape);
  const data = Float32Array.from(array.re);
  const set: ChannelSet = {
    data,
    shape: [count, 2, delays, antennas],
    angleOrder: "centered",
    perSample: {},
    metadata,
  };
  return withScale(source, set, scale === undefined ? undefined : Float32Array.from(scale.re));
}

function withScale(source: { name: string }, set: ChannelSet, scale: Float32Array | undefined): ChannelSet {
  const complete = scale === undefined ? set : { ...set, scale };
  assertChannelSet(source.name, complete);
  return complete;
}
