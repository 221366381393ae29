// The comparison that Table III and Figure 5 share: every method on every channel and
// ratio of a profile, on the same data with the same budget, and the controls beside them.
import type { ExperimentContext, MeasuredRow, Profile } from "../experiment";
import type { TrainingDefinition } from "../training/definition";
import { baselineDefinition, llmCsiNetDefinition } from "../training/definitions";
import { elementsAt, paperRatios, type Ratio } from "../training/ratio";
import { controlRows } from "./controls";
import { measureQuality } from "./quality";
import { qualityRows } from "./rows";
import { testData } from "./test-data";

/** Part of a comparison: a channel at some ratios. */
export interface Cell {
  readonly channel: string;
  readonly ratios: readonly Ratio[];
}

/** What a profile affords of the paper's four channels and four ratios. */
export function cellsOf({ name }: Profile): readonly Cell[] {
  switch (name) {
    case "smoke":
      return [{ channel: "cost2100-indoor", ratios: ["1/8"] }];
    case "laptop":
      return [
        { channel: "cost2100-outdoor", ratios: paperRatios },
        { channel: "cost2100-indoor", ratios: paperRatios },
        { channel: "uma", ratios: ["1/8"] },
        { channel: "street-canyon", ratios: ["1/8"] },
      ];
    case "paper":
      return ["cost2100-outdoor", "cost2100-indoor", "uma", "street-canyon"].map((channel) => ({
        channel,
        ratios: paperRatios,
      }));
  }
}

/** A trained method with the ratios that it serves. */
export interface Contestant {
  readonly method: string;
  readonly definition: TrainingDefinition;
  readonly ratios: readonly Ratio[];
}

/** Networks with a codeword of a fixed length, under their titles; the last two are readings of a description. */
const dense = { crnet: "CRNet", csinet: "CsiNet" } as const;
const readings = {
  transindecnet: "TransInDecNet (our reading)",
  gcrnet: "GCRNet-1x (our reading)",
} as const;

/** LLMCsiNet in the sizes of a profile: the paper's three, or the one that fits. */
export function llmSizes({ name }: Profile): readonly { readonly method: string; readonly depth?: number }[] {
  if (name !== "paper") return [{ method: "LLMCsiNet" }];
  return [
    { method: "LLMCsiNet-S", depth: 1 },
    { method: "LLMCsiNet-M", depth: 3 },
    { method: "LLMCsiNet-L", depth: 6 },
  ];
}

/** Title of the model that serves several ratios. */
export const MULTI_RATIO = "LLMCsiNet-MC";

/** The largest LLMCsiNet of a profile: one training for each ratio, or one for all of them. */
export function llmContestant({ channel, ratios }: Cell, profile: Profile, seed: number): Contestant {
  const { method, depth } = llmSizes(profile)[llmSizes(profile).length - 1];
  const variant = depth === undefined ? {} : { depth };
  return {
    method: ratios.length > 1 ? MULTI_RATIO : method,
    ratios,
    definition: llmCsiNetDefinition({ channel, ratios, profile, seed, variant }),
  };
}

/** A baseline at each ratio. */
export function baselines(
  name: "crnet" | "csinet" | "idasnet" | "transindecnet" | "gcrnet",
  { channel, ratios }: Cell,
  profile: Profile,
  seed: number,
): Contestant[] {
  const method = name === "idasnet" ? "IdasNet" : { ...dense, ...readings }[name];
  return ratios.map((ratio) => ({
    method,
    ratios: [ratio],
    definition: baselineDefinition(name, { channel, ratio, profile, seed }),
  }));
}

/** Everything that is trained for one channel. */
function contestants(cell: Cell, profile: Profile, seed: number): Contestant[] {
  const { channel, ratios } = cell;
  const own = llmSizes(profile).flatMap(({ method, depth }) =>
    ratios.map((ratio) => ({
      method,
      ratios: [ratio],
      definition: llmCsiNetDefinition({
        channel,
        ratios: [ratio],
        profile,
        seed,
        ...(depth === undefined ? {} : { variant: { depth } }),
      }),
    })),
  );
  const multi = ratios.length > 1 ? [llmContestant(cell, profile, seed)] : [];
  const names =
    profile.name === "paper"
      ? (["idasnet", "crnet", "transindecnet", "gcrnet", "csinet"] as const)
      : (["idasnet", "crnet", "csinet"] as const);
  return [...own, ...multi, ...names.flatMap((name) => baselines(name, cell, profile, seed))];
}

/** Every training that {@link comparisonRows} asks for. */
export function comparisonTrainings(profile: Profile, seed: number): TrainingDefinition[] {
  return cellsOf(profile).flatMap((cell) =>
    contestants(cell, profile, seed).map(({ definition }) => definition),
  );
}

/** NMSE and SGCS of all methods and controls. */
export async function comparisonRows(context: ExperimentContext): Promise<MeasuredRow[]> {
  const { profile, seed, signal } = context;
  const cells = cellsOf(profile).map((cell) => ({ ...cell, list: contestants(cell, profile, seed) }));
  const total = cells.reduce((sum, { list, ratios }) => sum + list.length + ratios.length, 0);
  const rows: MeasuredRow[] = [];
  let done = 0;
  for (const { channel, ratios, list } of cells) {
    const sets = await testData(context, channel);
    for (const contestant of list) {
      context.progress(`${channel}: ${contestant.method} at ${contestant.ratios.join(", ")}`, done++ / total);
      rows.push(...(await contestantRows(context, contestant, sets)));
    }
    for (const ratio of ratios) {
      signal?.throwIfAborted();
      context.progress(`${channel}: controls at ${ratio}`, done++ / total);
      rows.push(...(await controlRows(context, sets, ratio)));
    }
  }
  return rows;
}

/** NMSE and SGCS of one trained method at its ratios over each set. */
export async function contestantRows(
  context: ExperimentContext,
  { method, definition, ratios }: Contestant,
  sets: Awaited<ReturnType<typeof testData>>,
): Promise<MeasuredRow[]> {
  const { network, summary } = await context.trained(definition);
  const rows: MeasuredRow[] = [];
  for (const ratio of ratios) {
    for (const set of sets) {
      const options = {
        elements: elementsAt(ratio),
        ...(context.signal ? { signal: context.signal } : {}),
      };
      const quality = await measureQuality(network, set, options);
      rows.push(...qualityRows({ method, ratio, epochs: summary.epochs }, set, quality));
    }
  }
  return rows;
}
