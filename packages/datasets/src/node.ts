/** Channel data sets in files: readers and writers for Node. */
export type { AxisName } from "./axes";
export { encodeCsiNet, writeCsiNet } from "./csinet";
export { type DeepMimoLink, type DeepMimoScenario, readDeepMimoV3, readDeepMimoV4 } from "./deepmimo";
export type { DenseArray } from "./dense-array";
export { type ChannelWriter, createChannelWriter } from "./hdf5/channel-writer";
export type { ChannelBlock, ChannelFileHeader } from "./hdf5/header";
export { type ChannelFile, openHdf5Channels } from "./hdf5/read";
export { writeChannels } from "./hdf5/write";
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
export { encodeNpy } from "./numpy/npy";
export { openChannels, type ReadChannelsOptions, readChannels } from "./read-channels";
