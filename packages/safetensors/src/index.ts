/** Reads and writes the safetensors format in memory. Files and HTTP are in `@csi-feedback/safetensors/node`. */
export { type SafeTensor, type SafeTensorArrays, type SafeTensorType, toFloat32 } from "./dtypes";
export { encodeSafetensors } from "./encode";
export { parseHeader, type SafetensorsHeader, type TensorEntry } from "./header";
export { parseSafetensors, type Safetensors } from "./parse";
export { type ByteRange, planReads } from "./plan";
