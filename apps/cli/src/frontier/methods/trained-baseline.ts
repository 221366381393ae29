// CRNet, CsiNet: networks with a codeword of fixed length, one trained for each ratio by
// `csi-feedback reproduce`. Their values go through Lloyd-Max quantizers designed on training
// codewords; at a budget the ratio and the width are those that rebuild training samples best.
import { normalize } from "@csi-feedback/channel-dft";
import { designLloydMax, type FrameConfiguration } from "@csi-feedback/codec";
import { isCsiFeedbackError } from "@csi-feedback/common";
import { baselineDefinition, paperRatios, profiles, type Ratio } from "@csi-feedback/experiments";
import type { FeedbackNetwork } from "@csi-feedback/networks";
import type { FrontierChannel } from "../channel";
import type { FrontierContext, FrontierMethod, FrontierReport } from "../method";
import { CHECK_BITS, missedShare, SCALE_BITS, samplesOf, sendFrame, unscale } from "./frames";

const LEAST_WIDTH = 2;
const MOST_WIDTH = 8;
/** Bits of a frame beside its values: version and kind, the scale, what ends the code. */
const OVERHEAD = 4 + SCALE_BITS + 2;
const DESIGNED = 200;
const COMPARED = 24;
/** Seed and profile of the trainings that are looked for. */
const trainingOf = { profile: profiles.laptop, seed: 1 } as const;

interface Trained {
  readonly ratio: Ratio;
  readonly network: FeedbackNetwork;
  /** Values of its codewords for training samples. */
  readonly values: Float32Array;
  readonly elements: number;
}

function trainedBaseline(network: "crnet" | "csinet", title: string): FrontierMethod {
  return {
    name: network,
    title,
    async prepare(channel, context) {
      const list = await openTrained(network, title, channel, context);
      if (list.length === 0) return undefined;
      return {
        async atBudget(bits) {
          const room = 8 * Math.floor(bits / 8) - OVERHEAD;
          let best:
            | { trained: Trained; frames: FrameConfiguration; width: number; missed: number }
            | undefined;
          for (const trained of list) {
            const width = Math.min(MOST_WIDTH, Math.floor(room / trained.elements));
            if (width < LEAST_WIDTH) continue;
            const frames = framesOf(trained, width, channel);
            const missed = await missedOn(trained.network, frames, channel);
            if (best === undefined || missed < best.missed) best = { trained, frames, width, missed };
          }
          if (best === undefined) return undefined;
          const { trained, frames, width } = best;
          return {
            setting: `${trained.ratio}, ${width} bits`,
            ueParameters: trained.network.parameterCount("ue"),
            bsParameters: trained.network.parameterCount("bs"),
            encode: (sample) => send(sample, trained.network, frames),
          };
        },
      };
    },
  };
}

/** CRNet of Z. Lu, J. Wang, J. Song. */
export const crNet = trainedBaseline("crnet", "CRNet");

/** CsiNet of C.-K. Wen, W.-T. Shih, S. Jin. */
export const csiNet = trainedBaseline("csinet", "CsiNet");

async function openTrained(
  name: string,
  title: string,
  channel: FrontierChannel,
  { trained, note }: FrontierContext,
): Promise<Trained[]> {
  const size = 2 * channel.shape[1] * channel.shape[2];
  const list: Trained[] = [];
  const missing: Ratio[] = [];
  for (const ratio of paperRatios) {
    try {
      const { network } = await trained.get(
        baselineDefinition(name, { channel: channel.trainedAs, ratio, ...trainingOf }),
      );
      const samples = samplesOf(channel.training(), size, DESIGNED);
      const scaled = Float32Array.from(
        samples.flatMap((data) => Array.from(normalize({ data, shape: [1, ...channel.shape] }).data)),
      );
      const codewords = await network.encode(scaled, { batch: samples.length });
      const values = Float32Array.from(codewords.flatMap((codeword) => Array.from(codeword.values)));
      list.push({ ratio, network, values, elements: codewords[0].values.length });
    } catch (error) {
      if (!isCsiFeedbackError(error) || error.code !== "RUN_NOT_FINISHED") throw error;
      missing.push(ratio);
    }
  }
  if (missing.length > 0) {
    note(
      `${title} on ${channel.name} has no finished training for ${missing.join(", ")}, so that is left out; train it with: csi-feedback reproduce table-3 --profile ${trainingOf.profile.name}`,
    );
  }
  return list;
}

function framesOf(
  { values, elements }: Trained,
  width: number,
  { shape }: FrontierChannel,
): FrameConfiguration {
  const { quantizer } = designLloydMax(values, { bits: width });
  return { shape, elements, addressing: "none", quantizer, scaleBits: SCALE_BITS, crcBits: CHECK_BITS };
}

async function send(
  sample: Float32Array,
  network: FeedbackNetwork,
  frames: FrameConfiguration,
): Promise<FrontierReport> {
  const { data, scale } = normalize({ data: sample, shape: [1, ...network.shape] });
  const [codeword] = await network.encode(data, { batch: 1 });
  return sendFrame({ ...codeword, scale: scale[0] }, frames, async (report) =>
    unscale(await network.decode([report]), report.scale as number),
  );
}

async function missedOn(
  network: FeedbackNetwork,
  frames: FrameConfiguration,
  channel: FrontierChannel,
): Promise<number> {
  const size = 2 * channel.shape[1] * channel.shape[2];
  let total = 0;
  for (const sample of samplesOf(channel.training().subarray(DESIGNED * size), size, COMPARED)) {
    total += missedShare(sample, await (await send(sample, network, frames)).reconstruct());
  }
  return total;
}
