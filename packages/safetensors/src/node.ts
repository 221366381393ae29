/** Reads safetensors files by ranges, from the disk or over HTTP. Node only. */
export type { ByteSource } from "./byte-source";
export type { RetryOptions } from "./http";
export type { RemoteOptions } from "./http-source";
export { openByteSource, openSafetensors, readSafetensorsFile, readSiblingFile } from "./open";
export type { SafetensorsReader } from "./reader";
