// Measuring an experiment whose trainings are finished, and keeping what came out.
import { join } from "node:path";
import { writeFileAtomic } from "@csi-feedback/common/node";
import type { ChannelSet } from "@csi-feedback/datasets";
import type { StartedEngine } from "@csi-feedback/engines";
import { renderFigure } from "@csi-feedback/eval/figures";
import type { Experiment, Profile, ResultRow } from "../experiment";
import { mergeResults } from "../results/results-folder";
import { currentCommit, describeHardware } from "../training/machine";
import { channelCache } from "./job";
import type { TrainedNetworks } from "./trained-networks";

/** Options of {@link measureExperiment}. */
export interface MeasureOptions {
  readonly profile: Profile;
  readonly seed: number;
  /** The engine that was started. */
  readonly engine: StartedEngine;
  readonly networks: TrainedNetworks;
  /** Base folder of the runs, where the channels that trainings generated are kept; none are without. */
  readonly runs?: string;
  /** Channels of another origin to test on as well, where there are any. */
  readonly reference?: (channel: string) => Promise<ChannelSet | undefined>;
  readonly progress?: (text: string, fraction: number) => void;
  readonly signal?: AbortSignal;
}

/** Measures an experiment: every row with all that is needed to judge it. */
export async function measureExperiment(
  experiment: Experiment,
  { profile, seed, engine, networks, runs, reference, progress, signal }: MeasureOptions,
): Promise<ResultRow[]> {
  const hardware = describeHardware();
  const commit = currentCommit();
  const rows = await experiment.measure({
    profile,
    seed,
    trained: (definition) => networks.get(definition),
    ...(runs === undefined ? {} : { cache: channelCache(runs) }),
    ...(reference ? { reference } : {}),
    progress: progress ?? (() => {}),
    ...(signal ? { signal } : {}),
  });
  return rows.map((row) => ({
    experiment: experiment.id,
    ...row,
    profile: profile.name,
    seed,
    engine: engine.description,
    hardware,
    commit,
  }));
}

/**
 * Keeps rows of one experiment, profile and seed: in the experiment's results file, and for the last seed
 * as JSON and figures (SVG and PNG) in the profile's folder beside it.
 *
 * @returns the paths of the files.
 */
export async function keepResults(
  folder: string,
  experiment: Experiment,
  rows: readonly ResultRow[],
): Promise<string[]> {
  if (rows.length === 0) return [];
  await mergeResults(folder, rows);
  const written = [join(folder, `${experiment.id}.csv`)];
  const write = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, rows[0].profile, name);
    await writeFileAtomic(path, content);
    written.push(path);
  };
  await write(`${experiment.id}.json`, `${JSON.stringify(rows, undefined, 2)}\n`);
  for (const { name, specification } of (await experiment.figures?.(rows)) ?? []) {
    const { svg, png } = await renderFigure(specification);
    await write(`${name}.svg`, svg);
    await write(`${name}.png`, png);
  }
  return written;
}
