// The LLMCsiNet model that travels with the app: values by Lloyd-Max quantizers designed on
// training codewords, positions by each of the codec's codes. At a budget the number of
// elements, their bits and the code are those that rebuild training samples best; the
// paper's ratios are settings of their own.
import { normalize } from "@csi-feedback/channel-dft";
import {
  bestAllocation,
  designLloydMax,
  type FrameConfiguration,
  indexSetBits,
  type PositionModel,
  type ScalarQuantizer,
  trainPositionModel,
} from "@csi-feedback/codec";
import { elementsAt, paperRatios } from "@csi-feedback/experiments";
import type { FeedbackNetwork } from "@csi-feedback/networks";
import { bundledModel, loadModel } from "../../models";
import type { FrontierChannel } from "../channel";
import type { FrontierMethod, FrontierReport, MethodSetting } from "../method";
import { CHECK_BITS, missedShare, SCALE_BITS, samplesOf, sendFrame, unscale } from "./frames";

const widths = [2, 3, 4, 5, 6, 8] as const;
const ratioWidths = [3, 4, 6] as const;
const codes = ["fixed", "enumerative", "learned"] as const;
type IndexCode = (typeof codes)[number];
const MEAN_BITS = 12;
/** Training samples on which quantizers and position models are designed, and widths compared. */
const DESIGNED = 48;
const MODELLED = 400;
const COMPARED = 16;

/** The network with what has been learned of a channel for it. */
class Sender {
  readonly network: FeedbackNetwork;
  readonly size: number;
  readonly #channel: FrontierChannel;
  readonly #values = new Map<number, Promise<Float32Array>>();
  readonly #quantizers = new Map<string, Promise<ScalarQuantizer>>();
  readonly #positions = new Map<number, Promise<PositionModel>>();

  constructor(network: FeedbackNetwork, channel: FrontierChannel) {
    this.network = network;
    this.#channel = channel;
    this.size = 2 * channel.shape[1] * channel.shape[2];
  }

  #scaled(sample: Float32Array) {
    return normalize({ data: sample, shape: [1, ...this.#channel.shape] });
  }

  async #codewords(count: number, elements: number) {
    const samples = samplesOf(this.#channel.training(), this.size, count);
    const scaled = Float32Array.from(samples.flatMap((sample) => Array.from(this.#scaled(sample).data)));
    return await this.network.encode(scaled, { batch: samples.length, elements });
  }

  async quantizer(elements: number, width: number): Promise<ScalarQuantizer> {
    return await remember(this.#quantizers, `${elements} ${width}`, async () => {
      const values = await remember(this.#values, elements, async () => {
        const codewords = await this.#codewords(DESIGNED, elements);
        return Float32Array.from(codewords.flatMap((codeword) => Array.from(codeword.values)));
      });
      return designLloydMax(values, { bits: width }).quantizer;
    });
  }

  async frames(elements: number, width: number, code: IndexCode): Promise<FrameConfiguration> {
    const { shape } = this.#channel;
    const indexCode =
      code === "learned"
        ? await remember(this.#positions, elements, async () => {
            const codewords = await this.#codewords(MODELLED, elements);
            return trainPositionModel(
              codewords.map(({ positions }) => positions as Int32Array),
              shape,
            );
          })
        : code;
    const quantizer = await this.quantizer(elements, width);
    const bits = { meanBits: MEAN_BITS, scaleBits: SCALE_BITS, crcBits: CHECK_BITS } as const;
    return { shape, elements, quantizer, indexCode, ...bits };
  }

  async send(sample: Float32Array, frames: FrameConfiguration): Promise<FrontierReport> {
    const scaled = this.#scaled(sample);
    const elements = frames.elements as number;
    const [codeword] = await this.network.encode(scaled.data, { batch: 1, elements });
    return sendFrame({ ...codeword, scale: scaled.scale[0] }, frames, async (report) =>
      unscale(await this.network.decode([report]), report.scale as number),
    );
  }

  async setting(elements: number, width: number, code: IndexCode, name = `${elements} elements`) {
    const frames = await this.frames(elements, width, code);
    const setting: MethodSetting = {
      setting: `${name}, ${width} bits, ${code} positions`,
      ueParameters: this.network.parameterCount("ue"),
      bsParameters: this.network.parameterCount("bs"),
      encode: (sample) => this.send(sample, frames),
    };
    return setting;
  }

  /** Mean share of the energy that training samples miss. */
  async distortion(elements: number, width: number): Promise<number> {
    const frames = await this.frames(elements, width, "enumerative");
    const compared = samplesOf(this.#channel.training().subarray(DESIGNED * this.size), this.size, COMPARED);
    let total = 0;
    for (const sample of compared) {
      total += missedShare(sample, await (await this.send(sample, frames)).reconstruct());
    }
    return total / compared.length;
  }
}

async function remember<Key, Value>(
  known: Map<Key, Promise<Value>>,
  key: Key,
  make: () => Promise<Value>,
): Promise<Value> {
  let found = known.get(key);
  if (found === undefined) {
    found = make();
    known.set(key, found);
  }
  return await found;
}

/** The shipped model, trained on both COST 2100 channels, at any budget. */
export const llmCsiNet: FrontierMethod = {
  name: "llmcsinet",
  title: "LLMCsiNet (shipped model)",
  async prepare(channel) {
    const { network } = await loadModel(bundledModel("llmcsinet"));
    const sender = new Sender(network, channel);
    const { size } = sender;
    return {
      async atBudget(bits) {
        const [best] = await bestAllocation({
          budget: 8 * Math.floor(bits / 8),
          settings: widths,
          elements: size / 2,
          bits: (elements, width) =>
            4 + indexSetBits(size, elements, "enumerative") + elements * width + MEAN_BITS + SCALE_BITS + 2,
          distortion: (elements, width) => sender.distortion(elements, width),
        });
        return await sender.setting(best.elements, best.setting, "enumerative");
      },
      dispose: () => network.dispose(),
    };
  },
};

/** The paper's four ratios with each width and each code of the positions. */
export const llmCsiNetRatios: FrontierMethod = {
  name: "llmcsinet-ratios",
  title: "LLMCsiNet at the paper's ratios",
  async prepare(channel) {
    const { network } = await loadModel(bundledModel("llmcsinet"));
    const sender = new Sender(network, channel);
    return {
      async settings() {
        const all: MethodSetting[] = [];
        for (const ratio of paperRatios) {
          for (const width of ratioWidths) {
            for (const code of codes) {
              all.push(await sender.setting(elementsAt(ratio), width, code, ratio));
            }
          }
        }
        return all;
      },
      dispose: () => network.dispose(),
    };
  },
};
