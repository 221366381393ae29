// The channels that the commands can be asked for by name, and reading them. The demo
// files travel with this app; any other file is read as it is.
import { fileURLToPath } from "node:url";
import { invalid, randomStream } from "@csi-feedback/common";
import type { ChannelSet } from "@csi-feedback/datasets";
import { readChannels } from "@csi-feedback/datasets/node";

const referenceFiles = {
  "cost2100-indoor": "cost2100-indoor-200.mat",
  "cost2100-outdoor": "cost2100-outdoor-200.mat",
} as const;

/** A reference channel that travels with the app. */
export type ReferenceChannel = keyof typeof referenceFiles;

/** Names of the reference channels. */
export const referenceChannels = Object.keys(referenceFiles) as ReferenceChannel[];

/**
 * Reads a channel name or `all`.
 *
 * @throws CsiFeedbackError `UNKNOWN_CHANNEL`.
 */
export function parseChannels(text: string): ReferenceChannel[] {
  if (text === "all") return [...referenceChannels];
  const channel = referenceChannels.find((known) => known === text);
  return [
    channel ??
      invalid("UNKNOWN_CHANNEL", "--channel", `must be one of ${referenceChannels.join(", ")} or all`, text),
  ];
}

/** The file of a reference channel. */
export function referencePath(channel: ReferenceChannel): string {
  return fileURLToPath(new URL(`../data/${referenceFiles[channel]}`, import.meta.url));
}

/** Channels ready for a network: values in [0, 1], one scale per sample. */
export interface NamedChannels {
  readonly name: string;
  /** `[count, 2, delays, antennas]`. */
  readonly data: Float32Array;
  readonly shape: ChannelSet["shape"];
  /** A physical value is `(data - 0.5) * scale`. */
  readonly scales: Float32Array;
}

/** `count` samples of a file, picked by the seed; all of them, in order, when it holds no more. */
export async function pickChannels(
  name: string,
  path: string,
  count: number,
  seed: number,
): Promise<NamedChannels> {
  const set = await readChannels(path);
  const available = set.shape[0];
  const all = Int32Array.from({ length: available }, (_, i) => i);
  return select(
    name,
    set,
    count >= available ? all : randomStream(seed).permutation(available).slice(0, count).sort(),
  );
}

/** The first `count` samples of a file. */
export async function readFirst(path: string, count: number): Promise<NamedChannels> {
  const set = await readChannels(path);
  return select(
    path,
    set,
    Int32Array.from({ length: Math.min(count, set.shape[0]) }, (_, i) => i),
  );
}

function select(name: string, set: ChannelSet, picked: Int32Array): NamedChannels {
  const [available, ...sampleShape] = set.shape;
  if (picked.length === 0) invalid("EMPTY_DATA", name, "the file must hold samples", available);
  const size = set.data.length / available;
  const data = new Float32Array(picked.length * size);
  for (const [to, from] of picked.entries())
    data.set(set.data.subarray(from * size, (from + 1) * size), to * size);
  const scale = set.scale ?? Float32Array.of(1);
  const scales = Float32Array.from(picked, (sample) => scale[scale.length === 1 ? 0 : sample]);
  return { name, data, shape: [picked.length, ...sampleShape], scales };
}
