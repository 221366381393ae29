/** Self-information of CSI elements, masks and the selection of the most informative ones. */
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
