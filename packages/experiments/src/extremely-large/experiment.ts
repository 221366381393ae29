// What an experiment on extremely large arrays is: a figure or table as a program, and what
// it is given while it measures.

import type { ChannelEstimatorNetwork } from "@csi-feedback/networks";
import type { MeasuredRow, NamedFigure, ResultRow } from "../experiment";
import { type ClassicalEstimator, type ClassicalName, classicalEstimator, type Estimator } from "./classical";
import type { EstimatorDefinition, XlProfile } from "./definition";
import type { TestChannels } from "./measure";
import { channelsOf, type Scenario } from "./scenario";
import { dataSeed, networkEstimator } from "./train";

/** What an experiment may use while it measures. */
export interface XlContext {
  readonly profile: XlProfile;
  readonly seed: number;
  /** Test samples. */
  readonly samples: number;
  /** Processor threads of the engine; all when absent. */
  readonly threads?: number;
  /**
   * The trained network of a definition, trained now if it has not been before; nothing when it has not been and
   * should not be now, and its numbers are then left out.
   */
  trained(definition: EstimatorDefinition): Promise<ChannelEstimatorNetwork | undefined>;
  /** Called with what is being done, and how far it is from 0 to 1. */
  progress(text: string, fraction: number): void;
  /** Rows are kept as they come, so that nothing measured is lost when a later part fails. */
  emit(rows: readonly MeasuredRow[]): Promise<void>;
  readonly signal?: AbortSignal;
}

/** A figure or table of channel estimation. */
export interface XlExperiment {
  /** "xl-snr", ...: file name of its results. */
  readonly id: string;
  readonly title: string;
  /** Every training that `measure` will ask for. */
  trainings(profile: XlProfile, seed: number): readonly EstimatorDefinition[];
  measure(context: XlContext): Promise<void>;
  /** Pictures of rows of one profile and seed. */
  figures(rows: readonly ResultRow[]): readonly NamedFigure[];
  /** Sentences that belong below its numbers. */
  readonly notes: readonly string[];
}

/** Test channels of a scenario; nobody has trained on them. */
export function testChannels(
  scenario: Scenario,
  { seed, samples }: Pick<XlContext, "seed" | "samples">,
): TestChannels {
  const own = dataSeed.test(seed);
  return {
    scenario,
    channels: channelsOf(scenario, own, samples),
    label: `generated, seed ${own}`,
    seed: own,
  };
}

/** A classical estimator that knows the scenario, and takes covariances from the networks' training channels. */
export function classicalIn(
  name: ClassicalName,
  scenario: Scenario,
  { seed, profile }: Pick<XlContext, "seed" | "profile">,
): ClassicalEstimator {
  // A covariance of 256 antennas needs no more than this many.
  const count = Math.min(profile.samples.train, 10_000);
  return classicalEstimator(name, {
    scenario,
    training: () => channelsOf(scenario, dataSeed.train(seed), count),
  });
}

/** Measures with a trained network where there is one, and frees it. */
export async function withTrained(
  definition: EstimatorDefinition,
  context: XlContext,
  action: (estimator: Estimator, network: ChannelEstimatorNetwork) => Promise<void>,
): Promise<void> {
  const network = await context.trained(definition);
  if (network === undefined) return;
  try {
    await action(networkEstimator(definition, network), network);
  } finally {
    network.dispose();
  }
}
