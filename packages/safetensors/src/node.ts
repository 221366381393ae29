/** Reads safetensors files by ranges, from the disk or over HTTP. Node only. */
export type { ByteSource } from "./byte-source";
export { openByteSource, openSafetensors, readSafetensorsFile } from "./open";
export type { SafetensorsReader } from "./reader";
