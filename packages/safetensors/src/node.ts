/** Reads safetensors files by ranges, from the disk or over HTTP. Node only. */
export { openSafetensors, readSafetensorsFile } from "./open";
export type { SafetensorsReader } from "./reader";
