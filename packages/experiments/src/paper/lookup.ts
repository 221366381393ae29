// The paper's value for a measured number, where it prints one.
import type { Ratio } from "../training/ratio";
import { channelNames, type PaperChannel } from "./channels";
import { figure5 } from "./figures";
import { table3 } from "./table-3";
import { table6 } from "./table-6";

/** What a number is of. */
interface Place {
  /** Our title of the method. */
  readonly method: string;
  readonly channel: string;
  readonly ratio: string;
}

/**
 * The method of the paper beside which one of ours is put. Ours of the paper's size keep their letter; the smaller one
 * that fits a laptop stands beside the paper's largest.
 */
export function paperMethod(method: string): string {
  return method === "LLMCsiNet" ? "LLMCsiNet-L" : method.replace(" (our reading)", "");
}

/** SGCS of Table III. */
export function printedSgcs({ method, channel, ratio }: Place): number | undefined {
  const row = table3[ratio as Ratio]?.[paperMethod(method)];
  return row?.[channelNames.indexOf(channel as PaperChannel)] ?? undefined;
}

/** NMSE [dB] that the text gives for Figure 5. */
export function printedNmse({ method, channel, ratio }: Place): number | undefined {
  const found = figure5.find((entry) => entry.channel === channel && entry.ratio === ratio);
  return found?.nmse[paperMethod(method)];
}

/** NMSE [dB] of Table VI. */
export function printedQuantizedNmse({ method, channel, ratio }: Place): number | undefined {
  const row = table6[ratio as Ratio]?.[paperMethod(method)];
  return row?.[channelNames.indexOf(channel as PaperChannel)];
}
