// The trained methods of the experiments: which network is trained on what within a
// profile. The same definition is made for every table that needs it, so it trains once.
import type { ExperimentContext, MeasuredRow, Profile } from "../experiment";
import type { TrainingDefinition } from "../training/definition";
import { baselineDefinition, type LlmCsiNetVariant, llmCsiNetDefinition } from "../training/definitions";
import { elementsAt, paperRatios, type Ratio } from "../training/ratio";
import { measureQuality, type QualityOptions } from "./quality";
import { qualityRows } from "./rows";
import type { TestData } from "./test-data";

/** A channel at some ratios. */
export interface Cell {
  readonly channel: string;
  readonly ratios: readonly Ratio[];
}

/** A trained method with the ratios that it serves. */
export interface Contestant {
  readonly method: string;
  readonly definition: TrainingDefinition;
  readonly ratios: readonly Ratio[];
}

/** What is trained, beside the cell: the budget, the seed, and what differs from the usual data. */
export interface Training {
  readonly profile: Profile;
  readonly seed: number;
  /** Half of the users move this fast [km/h]. */
  readonly movingKmh?: number;
}

/** The four channels of the paper. */
export const allChannels = ["cost2100-outdoor", "cost2100-indoor", "uma", "street-canyon"] as const;

/** What a profile affords of the paper's four channels and four ratios. */
export function cellsOf({ name }: Profile): readonly Cell[] {
  if (name === "smoke") return [{ channel: "cost2100-indoor", ratios: ["1/8"] }];
  return allChannels.map((channel) => ({
    channel,
    ratios: name === "paper" || channel.startsWith("cost2100") ? paperRatios : ["1/8"],
  }));
}

/** COST2100 outdoor at the ratios that a profile affords, where most figures are measured. */
export function outdoorCell({ name }: Profile): Cell {
  return { channel: "cost2100-outdoor", ratios: name === "smoke" ? ["1/8", "1/16"] : paperRatios };
}

/** LLMCsiNet in the sizes of a profile: the paper's three, or the one that trains on a laptop. */
function sizesOf({
  name,
}: Profile): readonly { readonly method: string; readonly variant: LlmCsiNetVariant }[] {
  if (name !== "paper") return [{ method: "LLMCsiNet", variant: {} }];
  return [
    { method: "LLMCsiNet-S", variant: { depth: 1 } },
    { method: "LLMCsiNet-M", variant: { depth: 3 } },
    { method: "LLMCsiNet-L", variant: { depth: 6 } },
  ];
}

/** The largest LLMCsiNet of a profile. */
export function largestSize(profile: Profile): {
  readonly method: string;
  readonly variant: LlmCsiNetVariant;
} {
  return sizesOf(profile).slice(-1)[0];
}

/** LLMCsiNet in each size, each trained for one ratio. */
export function llmContestants({ channel, ratios }: Cell, training: Training): Contestant[] {
  return sizesOf(training.profile).flatMap(({ method, variant }) =>
    ratios.map((ratio) => ({
      method,
      ratios: [ratio],
      definition: llmCsiNetDefinition({ channel, ratios: [ratio], variant, ...training }),
    })),
  );
}

/** The largest LLMCsiNet, trained once for all ratios; LLMCsiNet-L-MC of the paper. */
export function multiRatioContestant({ channel, ratios }: Cell, training: Training): Contestant {
  const { method, variant } = largestSize(training.profile);
  return {
    method: `${method}-MC`,
    ratios,
    definition: llmCsiNetDefinition({ channel, ratios, variant, ...training }),
  };
}

const titles = {
  idasnet: "IdasNet",
  crnet: "CRNet",
  csinet: "CsiNet",
  transindecnet: "TransInDecNet (our reading)",
  gcrnet: "GCRNet-1x (our reading)",
} as const;

/** Networks that LLMCsiNet is compared with. */
export type BaselineName = keyof typeof titles;

/** Baselines, each trained for one ratio. */
export function baselineContestants(
  names: readonly BaselineName[],
  { channel, ratios }: Cell,
  training: Training,
): Contestant[] {
  return names.flatMap((name) =>
    ratios.map((ratio) => ({
      method: titles[name],
      ratios: [ratio],
      definition: baselineDefinition(name, { channel, ratio, ...training }),
    })),
  );
}

/** The trainings of a list. */
export function definitionsOf(list: readonly Contestant[]): TrainingDefinition[] {
  return list.map(({ definition }) => definition);
}

/** NMSE and SGCS of a trained method at its ratios over each set. */
export async function contestantRows(
  context: ExperimentContext,
  { method, definition, ratios }: Contestant,
  sets: readonly TestData[],
  options: Pick<QualityOptions, "measured"> & { readonly condition?: string } = {},
): Promise<MeasuredRow[]> {
  const { network, summary } = await context.trained(definition);
  const { condition = "", ...rest } = options;
  const rows: MeasuredRow[] = [];
  for (const ratio of ratios) {
    for (const set of sets) {
      const quality = await measureQuality(network, set, {
        elements: elementsAt(ratio),
        ...(context.signal ? { signal: context.signal } : {}),
        ...rest,
      });
      rows.push(...qualityRows({ method, ratio, condition, epochs: summary.epochs }, set, quality));
    }
  }
  return rows;
}
