// Every number that the paper prints for a table or figure, as rows of ours would name it:
// also for what a profile leaves out or nobody has measured yet. The counted Tables II, IV
// and V are left out, as what is counted is always there.
import { METRIC } from "../measure/rows";
import { paperRatios } from "../training/ratio";
import { channelNames } from "./channels";
import { figure5, figure6, figure11 } from "./figures";
import { table3 } from "./table-3";
import { table6 } from "./table-6";

/** A number of the paper, and what it is of. */
export interface PrintedNumber {
  /** The method's name in the paper. */
  readonly method: string;
  readonly channel: string;
  readonly ratio: string;
  readonly condition: string;
  readonly metric: string;
  readonly paper: number;
}

/** A table by ratio, method and channel. */
function fromTable(
  table: Readonly<Record<string, Readonly<Record<string, readonly (number | null)[]>>>>,
  about: Pick<PrintedNumber, "metric" | "condition">,
): PrintedNumber[] {
  return paperRatios.flatMap((ratio) =>
    Object.entries(table[ratio]).flatMap(([method, values]) =>
      values.flatMap((paper, i) =>
        paper === null ? [] : [{ method, channel: channelNames[i], ratio, ...about, paper }],
      ),
    ),
  );
}

const nmseOfFigure5: readonly PrintedNumber[] = figure5.flatMap(({ channel, ratio, nmse }) =>
  Object.entries(nmse).map(([method, paper]) => ({
    method,
    channel,
    ratio,
    condition: "",
    metric: METRIC.nmse,
    paper,
  })),
);

const latency = (method: string, metric: string, paper: number): PrintedNumber => ({
  method,
  channel: "cost2100-indoor",
  ratio: "1/8",
  condition: "batch 1",
  metric,
  paper,
});

const printed: Readonly<Record<string, readonly PrintedNumber[]>> = {
  "table-3": fromTable(table3, { metric: METRIC.sgcs, condition: "" }),
  "table-6": fromTable(table6, { metric: METRIC.nmse, condition: "8 bits a value" }),
  "figure-5": nmseOfFigure5,
  "figure-6": [
    ...["LLMCsiNet-S", "LLMCsiNet-M", "LLMCsiNet-L"].map((method) =>
      latency(method, METRIC.ueMedian, figure6["LLMCsiNet UE"]),
    ),
    latency("LLMCsiNet-L", METRIC.bsMedian, figure6["LLMCsiNet-L BS"]),
  ],
  "figure-8": nmseOfFigure5.filter(
    ({ channel, method }) =>
      channel === "cost2100-outdoor" && /^(LLMCsiNet-[SML]|CRNet|IdasNet)$/.test(method),
  ),
  "figure-11": Object.entries(figure11.nmse).map(([method, paper]) => ({
    method,
    channel: "cost2100-indoor",
    ratio: "1/8",
    condition: `from cost2100-outdoor, ${figure11.samples} samples`,
    metric: METRIC.nmse,
    paper,
  })),
};

/** What the paper prints for an experiment; nothing for one that is not in the paper or has no numbers there. */
export function printedNumbers(experiment: string): readonly PrintedNumber[] {
  return printed[experiment] ?? [];
}
