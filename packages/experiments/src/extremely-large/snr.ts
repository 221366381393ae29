// NMSE against SNR, for three and six paths, in the far, the near and the hybrid field.

import type { NamedFigure, ResultRow } from "../experiment";
import { classicalNames } from "./classical";
import { type CurveOptions, nmseCurves, numberIn } from "./curves";
import {
  type DefinitionOptions,
  type EstimatorDefinition,
  llm4XceDefinition,
  matCeNetDefinition,
  SNRS,
  type XlProfile,
  xlcNetDefinition,
} from "./definition";
import { classicalIn, testChannels, withTrained, type XlContext, type XlExperiment } from "./experiment";
import { measureNmse } from "./measure";
import { describeScenario, hybrid, type Scenario } from "./scenario";

/** The three networks that are compared, trained on one scenario. */
export function comparedNetworks(options: DefinitionOptions): EstimatorDefinition[] {
  return [xlcNetDefinition(options), matCeNetDefinition(options), llm4XceDefinition(options)];
}

const field = (farPaths: number, nearPaths: number): Scenario => ({ ...hybrid, farPaths, nearPaths });

/** L = 6 and L = 3: hybrid, far and near. The first is the one that a laptop trains networks for. */
const scenarios = [field(1, 5), field(6, 0), field(0, 6), field(1, 2), field(3, 0), field(0, 3)];

/** The networks trained on a scenario, and those of the published domain where the profile's is another. */
function networksOf(options: DefinitionOptions): EstimatorDefinition[] {
  const { profile } = options;
  const published = { ...options, angles: false };
  return [
    ...comparedNetworks(options),
    ...(profile.angles ? [xlcNetDefinition(published), llm4XceDefinition(published)] : []),
  ];
}

/** Scenarios with networks of their own: all on a paper's budget, else the first. */
function trainedScenarios({ name }: XlProfile): readonly Scenario[] {
  return name === "paper" ? scenarios : scenarios.slice(0, 1);
}

/** What is measured in a scenario: its own networks, or those of the first one moved there. */
function measuredNetworks(scenario: Scenario, { profile, seed }: XlContext): EstimatorDefinition[] {
  if (trainedScenarios(profile).includes(scenario)) return networksOf({ profile, seed, scenario });
  return comparedNetworks({ profile, seed, scenario: scenarios[0] }).map((definition) => ({
    ...definition,
    label: `${definition.label}, trained on L0 = 1, L = 6`,
  }));
}

/** NMSE of everything in one scenario, over the SNRs. */
async function measureScenario(
  scenario: Scenario,
  definitions: readonly EstimatorDefinition[],
  context: XlContext,
  done: (text: string) => void,
): Promise<void> {
  const test = testChannels(scenario, context);
  for (const name of classicalNames) {
    const estimator = classicalIn(name, scenario, context);
    for (const snr of SNRS) await context.emit(await measureNmse(estimator, test, snr));
    done(name);
  }
  for (const definition of definitions) {
    await withTrained(definition, context, async (estimator) => {
      for (const snr of SNRS) await context.emit(await measureNmse(estimator, test, snr));
    });
    done(definition.label);
  }
}

const isOfAnotherDomain = ({ method }: ResultRow) =>
  / (antenna|angle) domain$/.test(method) && !isClassical(method);
const isClassical = (method: string) => classicalNames.some((name) => name === method);

function curvesOf(scenario: Scenario, name: string): CurveOptions {
  const channel = describeScenario(scenario);
  return {
    name,
    title: `NMSE against SNR: ${channel}`,
    x: "SNR per antenna [dB]",
    place: (row) => (row.channel === channel ? numberIn(row.condition, "SNR") : undefined),
  };
}

/** The same networks in the antennas' and in the angle domain, beside least squares. */
function domainFigure(rows: readonly ResultRow[]): NamedFigure[] {
  const networks = rows.filter(isOfAnotherDomain).map(({ method }) => method);
  const shown = new Set(["LS", ...networks, ...networks.map((name) => name.replace(/, \w+ domain$/, ""))]);
  if (networks.length === 0) return [];
  const { title, ...options } = curvesOf(scenarios[0], "xl-snr-domains");
  return nmseCurves(
    rows.filter(({ method }) => shown.has(method)),
    { ...options, title: title.replace("NMSE against SNR", "Domain of the network") },
  );
}

/** NMSE against SNR. */
export const xlSnr: XlExperiment = {
  id: "xl-snr",
  title: "Channel estimation: NMSE against SNR",
  trainings: (profile, seed) =>
    trainedScenarios(profile).flatMap((scenario) => networksOf({ profile, seed, scenario })),
  async measure(context) {
    for (const [i, scenario] of scenarios.entries()) {
      const networks = measuredNetworks(scenario, context);
      const total = classicalNames.length + networks.length;
      let done = 0;
      await measureScenario(scenario, networks, context, (text) => {
        done++;
        context.progress(`${describeScenario(scenario)}: ${text}`, (i + done / total) / scenarios.length);
      });
    }
  },
  figures: (rows) => [
    ...scenarios.flatMap((scenario) =>
      nmseCurves(
        rows.filter((row) => !isOfAnotherDomain(row)),
        curvesOf(scenario, `xl-snr-far-${scenario.farPaths}-near-${scenario.nearPaths}`),
      ),
    ),
    ...domainFigure(rows),
  ],
  notes: [
    "SNR is per antenna at unit mean channel power. Networks are trained once over -5 to 20 dB and are not told the SNR; LMMSE and the pursuits know it.",
    "Outside the paper profile, networks work in the angle domain unless named otherwise; the published ones work in the antennas'.",
    "MAT-CENet is our reading: no code of it was found.",
  ],
};
