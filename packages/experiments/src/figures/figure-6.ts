// Figure 6: time of one report at the user and at the base station, on the engine that
// runs. Weights do not matter for it, so nothing is trained: LLMCsiNet-S, -M and -L have random
// layers of GPT-2 Large's size (-L takes about 2 GB).
//
// Expect the order of the paper, not its milliseconds: it had an RTX 4090, and a processor
// with two cores needs about a hundred times as long for -L. A minute or two.
//
//   csi-feedback figure 6
import { createIdasNet, createLlmCsiNet, type FeedbackMethod, networks } from "@csi-feedback/networks";
import type { Experiment, MeasuredRow, NamedFigure, Profile, ResultRow } from "../experiment";
import { CONTROL, codewordAt, keeping } from "../measure/controls";
import { endLatencies, type LatencyCalls } from "../measure/latency";
import { METRIC, row } from "../measure/rows";
import { runSteps } from "../measure/steps";
import { firstSamples, generatedTest, type TestData } from "../measure/test-data";
import { figure6 as printed } from "../paper/figures";
import { loadPretrained } from "../training/pretrained";
import { elementsAt } from "../training/ratio";

const RATIO = "1/8";

interface Timed {
  readonly method: string;
  create(data: TestData): Promise<FeedbackMethod & { dispose?(): void }>;
}

const dense = (method: string, name: string): Timed => ({
  method,
  create: async (data) => networks[name]({ codeword: codewordAt(RATIO, data) }),
});

const paperForm = (method: string, depth: number): Timed => ({
  method,
  create: async () => createLlmCsiNet({ form: "paper", layers: { depth } }),
});

function timed({ name }: Profile): readonly Timed[] {
  const small: readonly Timed[] = [
    dense("CRNet", "crnet"),
    dense("CsiNet", "csinet"),
    { method: "IdasNet", create: async () => createIdasNet() },
    {
      method: "LLMCsiNet",
      create: async () =>
        createLlmCsiNet({}, { layers: await loadPretrained({ source: "stories260K", layers: 5 }) }),
    },
    { method: CONTROL.largest, create: async (data) => keeping("largest", data) },
  ];
  if (name === "smoke") return small;
  return [
    ...small,
    dense("TransInDecNet (our reading)", "transindecnet"),
    dense("GCRNet-1x (our reading)", "gcrnet"),
    paperForm("LLMCsiNet-S", 1),
    paperForm("LLMCsiNet-M", 3),
    paperForm("LLMCsiNet-L", 6),
  ];
}

/** The paper's time of an end, where its text tells it. */
function paperTime(method: string, side: "UE" | "BS"): number | undefined {
  if (side === "UE") return /^LLMCsiNet-[SML]$/.test(method) ? printed["LLMCsiNet UE"] : undefined;
  return method === "LLMCsiNet-L" ? printed["LLMCsiNet-L BS"] : undefined;
}

export const figure6: Experiment = {
  id: "figure-6",
  title: "Figure 6: time of the encoder at the UE and of the decoder at the BS",
  trainings: () => [],
  async measure(context) {
    const { profile } = context;
    const calls: LatencyCalls = profile.name === "smoke" ? { warmUp: 2, runs: 5 } : { warmUp: 10, runs: 100 };
    const data = firstSamples(await generatedTest(context, "cost2100-indoor"), 32);
    const steps = timed(profile).map(({ method, create }) => ({
      title: `latency of ${method}`,
      async rows() {
        const network = await create(data);
        const rows: MeasuredRow[] = [];
        for (const batch of [1, 16]) {
          const fewer = batch > 1 ? { warmUp: 2, runs: Math.ceil(calls.runs / 10) } : calls;
          const { ue, bs } = await endLatencies(network, data, {
            ...fewer,
            batch,
            elements: elementsAt(RATIO),
          });
          const subject = { method, ratio: RATIO, condition: `batch ${batch}`, epochs: 0 };
          const where = {
            channel: data.channel,
            label: `${data.label}, median of calls`,
            samples: fewer.runs,
          };
          const paper = (side: "UE" | "BS") => (batch === 1 ? paperTime(method, side) : undefined);
          rows.push(
            row(subject, METRIC.ueMedian, ue.medianMs, where, paper("UE")),
            row(subject, METRIC.ueP99, ue.p99Ms, where),
            row(subject, METRIC.bsMedian, bs.medianMs, where, paper("BS")),
            row(subject, METRIC.bsP99, bs.p99Ms, where),
          );
        }
        network.dispose?.();
        return rows;
      },
    }));
    return runSteps(context, steps);
  },
  figures: async (rows) => [await draw(rows)],
  notes: [
    "Batch 1 is one user's report. Median and 99th percentile of single calls after warm-up; encoding ends with the codeword in memory, decoding with the channel in memory.",
    "The paper measured on an RTX 4090; the hardware of ours stands in each row.",
    "TransInDecNet and GCRNet-1x are our reading: neither text nor code was found.",
  ],
};

async function draw(rows: readonly ResultRow[]): Promise<NamedFigure> {
  const { barFigure } = await import("@csi-feedback/eval/figures");
  const single = rows.filter(({ condition }) => condition === "batch 1");
  const methods = [...new Set(single.map(({ method }) => method))];
  const of = (metric: string) =>
    methods.map((method) => single.find((one) => one.method === method && one.metric === metric)?.value ?? 0);
  return {
    name: "figure-6",
    specification: barFigure({
      title: "Inference time of one report",
      subtitle: `${single[0]?.engine}, ${single[0]?.hardware}; median of ${single[0]?.samples} calls`,
      categories: methods,
      series: [
        { name: "encoder at the UE", values: of(METRIC.ueMedian) },
        { name: "decoder at the BS", values: of(METRIC.bsMedian) },
      ],
      y: { title: "Time [ms]", scale: "log" },
      digits: 2,
      width: 96 * methods.length,
    }),
  };
}
