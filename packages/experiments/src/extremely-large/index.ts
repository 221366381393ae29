/** Channel estimation for extremely large arrays: the figures and tables of LLM4XCE as programs. */
import { invalid } from "@csi-feedback/common";
import { xlAblation } from "./ablation";
import { xlArrays } from "./arrays";
import { xlBackbones } from "./backbones";
import { xlContamination } from "./contamination";
import type { XlExperiment } from "./experiment";
import { xlFarPaths } from "./far-paths";
import { xlGeneralisation } from "./generalisation";
import { xlLatency } from "./latency";
import { xlSnr } from "./snr";

export type { ClassicalName, Estimator } from "./classical";
export { classicalEstimator, classicalNames } from "./classical";
export {
  type Backbone,
  definitionDigest,
  type EstimatorDefinition,
  llm4XceDefinition,
  matCeNetDefinition,
  SNRS,
  type XlProfile,
  xlcNetDefinition,
  xlProfiles,
} from "./definition";
export { testChannels, type XlContext, type XlExperiment } from "./experiment";
export { measureNmse, type TestChannels } from "./measure";
export {
  ANTENNAS,
  type ArrayName,
  CARRIER_FREQUENCY,
  type Channels,
  channelsOf,
  describeScenario,
  fromPlanes,
  hybrid,
  leastSquaresOf,
  type Scenario,
  SIDE,
  toPlanes,
} from "./scenario";
export {
  createEstimator,
  isTrained,
  loadBackbone,
  networkEstimator,
  runFolder,
  type TrainedEstimatorOptions,
  trainedEstimator,
} from "./train";

/** Every experiment on extremely large arrays. */
export const xlExperiments: readonly XlExperiment[] = [
  xlSnr,
  xlFarPaths,
  xlGeneralisation,
  xlAblation,
  xlBackbones,
  xlLatency,
  xlArrays,
  xlContamination,
];

/**
 * The experiment of that name, with or without `xl-` in front.
 *
 * @throws CsiFeedbackError `UNKNOWN_EXPERIMENT`.
 */
export function findXlExperiment(name: string): XlExperiment {
  const found = xlExperiments.find(({ id }) => id === name || id === `xl-${name}`);
  const known = xlExperiments.map(({ id }) => id).join(", ");
  return found ?? invalid("UNKNOWN_EXPERIMENT", "findXlExperiment", `must be one of ${known}`, name);
}
