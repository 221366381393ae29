// The LLMCsiNet model that travels with the app: any number of elements, values by
// Lloyd-Max quantizers designed on training codewords, positions as an enumerative set.
// Number of elements and width are those that rebuild training samples best.
import { normalize } from "@csi-feedback/channel-dft";
import {
  bestAllocation,
  decodeReport,
  designLloydMax,
  encodeReport,
  type FrameConfiguration,
  indexSetBits,
} from "@csi-feedback/codec";
import { nmse } from "@csi-feedback/eval";
import { bundledModel, loadModel } from "../../models";
import type { FrontierMethod } from "../method";
import { messageBits, samplesOf } from "./frames";

const widths = [3, 4, 5, 6] as const;
const CRC = 8;
const SCALE_BITS = 10;
const MEAN_BITS = 12;
/** Training samples on which quantizers are designed and widths compared. */
const DESIGNED = 48;
const COMPARED = 16;

/** The shipped model, trained on both COST 2100 channels. */
export const llmCsiNet: FrontierMethod = {
  name: "llmcsinet",
  title: "LLMCsiNet (shipped model)",
  async prepare(channel) {
    const { shape } = channel;
    const size = 2 * shape[1] * shape[2];
    const { network } = await loadModel(bundledModel("llmcsinet"));
    const scaledOf = (sample: Float32Array) => normalize({ data: sample, shape: [1, ...shape] });

    const frames = new Map<string, Promise<FrameConfiguration>>();
    const framesFor = (elements: number, width: number) => {
      const key = `${elements} ${width}`;
      const known = frames.get(key) ?? design(elements, width);
      frames.set(key, known);
      return known;
    };
    async function design(elements: number, width: number): Promise<FrameConfiguration> {
      const samples = samplesOf(channel.training(), size, DESIGNED);
      const scaled = Float32Array.from(samples.flatMap((sample) => Array.from(scaledOf(sample).data)));
      const codewords = await network.encode(scaled, { batch: samples.length, elements });
      const values = Float32Array.from(codewords.flatMap((codeword) => Array.from(codeword.values)));
      const { quantizer } = designLloydMax(values, { bits: width });
      return {
        shape,
        elements,
        quantizer,
        meanBits: MEAN_BITS,
        scaleBits: SCALE_BITS,
        crcBits: CRC,
      };
    }
    async function send(sample: Float32Array, configuration: FrameConfiguration) {
      const scaled = scaledOf(sample);
      const [codeword] = await network.encode(scaled.data, {
        batch: 1,
        elements: configuration.elements as number,
      });
      const bytes = encodeReport({ ...codeword, scale: scaled.scale[0] }, configuration);
      return {
        bits: messageBits(bytes, CRC),
        async reconstruct() {
          const report = decodeReport(bytes, configuration);
          const rebuilt = await network.decode([report]);
          return rebuilt.map((value) => (value - 0.5) * (report.scale as number));
        },
      };
    }
    return {
      ueParameters: network.parameterCount("ue"),
      bsParameters: network.parameterCount("bs"),
      async atBudget(bits) {
        const compared = samplesOf(channel.training().slice(DESIGNED * size), size, COMPARED);
        const truth = Float32Array.from(compared.flatMap((sample) => Array.from(sample)));
        const options = await bestAllocation({
          budget: 8 * Math.floor(bits / 8),
          settings: widths,
          elements: size / 2,
          bits: (elements, width) =>
            4 + indexSetBits(size, elements, "enumerative") + elements * width + MEAN_BITS + SCALE_BITS + 2,
          async distortion(elements, width) {
            const configuration = await framesFor(elements, width);
            const rebuilt: number[] = [];
            for (const sample of compared) {
              rebuilt.push(...(await (await send(sample, configuration)).reconstruct()));
            }
            return nmse(truth, Float32Array.from(rebuilt), [compared.length, ...shape]);
          },
        });
        const configuration = await framesFor(options[0].elements, options[0].setting);
        return { encode: (sample) => send(sample, configuration) };
      },
    };
  },
};
