/** Self-information of CSI elements, masks and the selection of the most informative ones. */
export { createSelfInformationKernel, type KernelMode, type SelfInformationKernel } from "./gpu-kernels";
export * from "./mask";
export * from "./neighbourhood";
export {
  type ChannelShape,
  type ResolvedOptions,
  resolveOptions,
  type SelfInformationOptions,
} from "./options";
export * from "./select";
export * from "./self-information";
