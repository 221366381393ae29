// The control without any model: the M largest elements, their positions as an enumerative
// set, their values at the best width, and which of both is found on training samples.
import { normalize } from "@csi-feedback/channel-dft";
import {
  bestAllocation,
  type FrameConfiguration,
  indexSetBits,
  type Report,
  uniformQuantizer,
} from "@csi-feedback/codec";
import type { FrontierMethod } from "../method";
import { CHECK_BITS, missedShare, SCALE_BITS, samplesOf, sendFrame } from "./frames";

const widths = [3, 4, 5, 6, 7, 8] as const;
const addressings = ["real", "complex"] as const;
/** Training samples on which widths are compared. */
const COMPARED = 40;

interface Setting {
  readonly width: number;
  readonly addressing: (typeof addressings)[number];
}

/** The M largest elements, or complex entries. */
export const mLargest: FrontierMethod = {
  name: "m-largest",
  title: "M largest elements",
  async prepare(channel) {
    const { shape } = channel;
    const size = 2 * shape[1] * shape[2];
    const settings: Setting[] = widths.flatMap((width) =>
      addressings.map((addressing) => ({ width, addressing })),
    );
    const configuration = (elements: number, { width, addressing }: Setting): FrameConfiguration => ({
      shape,
      elements,
      addressing,
      quantizer: uniformQuantizer({ bits: width, minimum: 0, maximum: 1 }),
      meanBits: 0,
      scaleBits: SCALE_BITS,
      crcBits: CHECK_BITS,
    });
    const send = (sample: Float32Array, frames: FrameConfiguration) => {
      const scaled = normalize({ data: sample, shape: [1, ...shape] });
      return sendFrame(largest(scaled.data, scaled.scale[0], frames), frames, (report) =>
        rebuild(report, size),
      );
    };
    return {
      async atBudget(bits) {
        const compared = samplesOf(channel.training(), size, COMPARED);
        const step = ({ addressing }: Setting) => (addressing === "complex" ? 2 : 1);
        const problem = {
          // The last byte is filled up.
          budget: 8 * Math.floor(bits / 8),
          settings,
          // Complex entries come in pairs of elements.
          elements: size / 2,
          bits: (half: number, setting: Setting) =>
            reportBits(half * step(setting), setting.width, step(setting), size),
          async distortion(half: number, setting: Setting) {
            const frames = configuration(half * step(setting), setting);
            let total = 0;
            for (const sample of compared)
              total += missedShare(sample, await send(sample, frames).reconstruct());
            return total;
          },
        };
        try {
          const [{ elements, setting }] = await bestAllocation(problem);
          const frames = configuration(elements * step(setting), setting);
          return {
            setting: `${frames.elements} elements, ${setting.width} bits, ${setting.addressing}`,
            ueParameters: 0,
            bsParameters: 0,
            encode: async (sample) => send(sample, frames),
          };
        } catch (error) {
          if ((error as { code?: unknown }).code === "BUDGET_TOO_SMALL") return undefined;
          throw error;
        }
      },
    };
  },
};

/** Bits of a report: version and kind, positions, values, scale, and what ends the code. */
function reportBits(elements: number, width: number, step: number, size: number): number {
  return 4 + indexSetBits(size / step, elements / step, "enumerative") + elements * width + SCALE_BITS + 2;
}

function largest(sample: Float32Array, scale: number, frames: FrameConfiguration): Report {
  const plane = sample.length / 2;
  const elements = frames.elements as number;
  const complex = frames.addressing === "complex";
  const power = (i: number) =>
    complex ? (sample[i] - 0.5) ** 2 + (sample[i + plane] - 0.5) ** 2 : (sample[i] - 0.5) ** 2;
  const places = complex ? plane : 2 * plane;
  const kept = Float64Array.from({ length: places }, (_, i) => power(i));
  const order = Array.from({ length: places }, (_, i) => i).sort((a, b) => kept[b] - kept[a] || a - b);
  const chosen = order.slice(0, complex ? elements / 2 : elements);
  const positions = Int32Array.from(complex ? chosen.flatMap((i) => [i, i + plane]) : chosen).sort();
  return { values: Float32Array.from(positions, (i) => sample[i]), positions, scale };
}

function rebuild({ values, positions, scale }: Report, size: number): Float32Array {
  const sample = new Float32Array(size);
  for (const [k, position] of (positions as Int32Array).entries()) {
    sample[position] = (values[k] - 0.5) * (scale as number);
  }
  return sample;
}
