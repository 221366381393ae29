/** Seeded multipath channel models and the synthesis of channels from paths. */
export { type AntennaArray, antennaCount, type UniformLinearArray, type UniformPlanarArray } from "./arrays";
export { type Cost2100Options, cost2100 } from "./cost2100";
export type { Cost2100Scenario } from "./cost2100/scenarios";
export { type DeepMimoOptions, type DeepMimoPaths, deepMimoChannel } from "./deepmimo";
export { channelEnergy } from "./energy";
export { addEstimationNoise, type EstimationNoiseOptions } from "./estimation-noise";
export {
  type FrequencyOptions,
  synthesizeFrequency,
} from "./frequency-synthesis";
export {
  type ChannelModelName,
  channelModels,
  type GeneratedChannels,
  type GenerateOptions,
  generateChannels,
} from "./generate";
export {
  type ElementOffsets,
  type ExtremelyLargeArray,
  elementOffsets,
  farFieldSteering,
  generateHybridField,
  type HybridFieldOptions,
  type IrregularArray,
  nearFieldSteering,
  rayleighDistance,
  type SteeringVector,
} from "./hybrid-field";
export {
  type ChannelSequences,
  dopplerShifts,
  generateSequences,
  type SequenceOptions,
  type UserMotion,
} from "./mobility";
export type { ChannelDraw, ChannelModel } from "./model";
export {
  circularAngleSpread,
  type PropagationPaths,
  pathPower,
  rmsDelaySpread,
  SPEED_OF_LIGHT,
} from "./paths";
export { type RayTracedOptions, rayTraced, streetCanyonScene } from "./ray-tracing";
export { type Complex, fresnelCoefficients, type Vector3 } from "./ray-tracing/reflection";
export {
  parseScene,
  type Scene,
  type SceneBuilding,
  type SceneMaterial,
  type UserGrid,
} from "./ray-tracing/scene";
export { RayTracer, type RayTracerOptions, type TracedPaths } from "./ray-tracing/tracer";
export {
  type AngleDelayOptions,
  AngleDelaySynthesizer,
  type OfdmGrid,
  synthesizeAngleDelay,
} from "./synthesis";
export { type CdlOptions, type CdlProfile, cdl, type Tr38901Options, tr38901 } from "./tr38901";
export {
  type LargeScaleLaws,
  type LargeScaleParameters,
  type LinkGeometry,
  type LinkState,
  type LogNormal10,
  largeScaleLaws,
  lineOfSightProbability,
  pathLoss,
  type Tr38901Scenario,
} from "./tr38901/large-scale";
export { type AntennaSlants, RAY_OFFSETS } from "./tr38901/rays";
