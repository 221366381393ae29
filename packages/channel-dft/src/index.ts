/** Angle-delay transform of massive MIMO channels and invertible scaling. */

export { type AngleDelayConvention, toAngleDelay, toFrequency } from "./angle-delay";
export { type AngleOrder, centerAngles, naturalAngles } from "./angle-order";
export type { AngleDelayChannels, FrequencyChannels } from "./channels";
export { denormalize, type NormalizedChannels, normalize } from "./scaling";
