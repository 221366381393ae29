/** Channel data sets in files: readers and writers for Node. */
export { encodeCsiNet, writeCsiNet } from "./csinet";
export type {
  MatCell,
  MatNumeric,
  MatNumericClass,
  MatStruct,
  MatText,
  MatTypedArray,
  MatValue,
} from "./mat/format";
export { listMat, type MatReadOptions, type MatVariable, readMat } from "./mat/read-mat";
export { encodeMat, type MatArray } from "./mat/write-mat";
export { type ReadChannelsOptions, readChannels } from "./read-channels";
