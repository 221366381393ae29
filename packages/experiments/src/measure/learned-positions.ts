// What positions cost with a learned code, for counts that are made without a simulation: mean bits of
// the positions of the M largest elements, with a position model trained on other samples of the channel,
// kept in a file. test/make-learned-position-bits.ts writes the file again; a test holds it to what this
// function gives.
import { encodeIndexSet, trainPositionModel } from "@csi-feedback/codec";
import { openData } from "../training/channel-data";
import measured from "./learned-position-bits.json";

/** Channels that are in the file. */
export type LearnedChannel = "indoor" | "outdoor";

/** What was measured, for the file and its test. */
export const learnedData = {
  indoor: { channel: "cost2100-indoor", seed: 1, train: 1000, test: 250 },
  outdoor: { channel: "cost2100-semi-urban-nlos", seed: 1, train: 1000, test: 250 },
} as const;

const DELAYS = 32;
const ANTENNAS = 32;
const PLACES = 2 * DELAYS * ANTENNAS;

/**
 * Mean bits of the positions of the M largest of 2,048 elements, for each M: a position model trained on the
 * first samples of the channel codes the samples after them.
 */
export async function measureLearnedBits(
  name: LearnedChannel,
  counts: readonly number[],
): Promise<readonly number[]> {
  const { channel, seed, train, test } = learnedData[name];
  const { source, close } = await openData([{ channel, seed, samples: train + test }]);
  const channels = await source.read(Int32Array.from({ length: train + test }, (_, i) => i));
  close();
  const orders = Array.from({ length: train + test }, (_, i) =>
    fromLargest(channels.subarray(i * PLACES, (i + 1) * PLACES)),
  );
  const bits: number[] = [];
  for (const elements of counts) {
    const sets = orders.map((order) => order.slice(0, elements).sort());
    const model = trainPositionModel(sets.slice(0, train), [2, DELAYS, ANTENNAS]);
    const sent = sets.slice(train);
    const sum = sent.reduce(
      (total, set) => total + encodeIndexSet(set, { places: PLACES, code: model }).bits,
      0,
    );
    bits.push(sum / sent.length);
  }
  return bits;
}

/** Positions by distance from the zero of 0.5, the largest first. */
function fromLargest(sample: Float32Array): Int32Array {
  const distance = sample.map((x) => Math.abs(x - 0.5));
  return Int32Array.from(distance.keys()).sort((a, b) => distance[b] - distance[a] || a - b);
}

/** Largest M in the file. */
export const mostLearned: number = measured.indoor.length;

/**
 * Mean bits of M positions among 2,048 elements by a learned code, from the file.
 *
 * @param elements - M, from 0 to {@link mostLearned}.
 */
export function learnedPositionBits(channel: LearnedChannel, elements: number): number {
  return elements === 0 ? 0 : measured[channel][elements - 1];
}
