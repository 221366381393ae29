/** Seeded multipath channel models and the synthesis of channels from paths. */
export { type AntennaArray, antennaCount, type UniformLinearArray, type UniformPlanarArray } from "./arrays";
export { type ChannelDraw, type Cost2100Options, cost2100 } from "./cost2100";
export type { Cost2100Scenario } from "./cost2100/scenarios";
export { channelEnergy } from "./energy";
export { type FrequencyDomainChannels, type FrequencyOptions, synthesizeFrequency } from "./frequency-synthesis";
export {
  type ChannelModel,
  type ChannelModelName,
  channelModels,
  type GeneratedChannels,
  type GenerateOptions,
  generateChannels,
} from "./generate";
export {
  circularAngleSpread,
  type PropagationPaths,
  pathPower,
  rmsDelaySpread,
  SPEED_OF_LIGHT,
} from "./paths";
export {
  type AngleDelayOptions,
  AngleDelaySynthesizer,
  type AngleOrder,
  type OfdmGrid,
  synthesizeAngleDelay,
} from "./synthesis";
