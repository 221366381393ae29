/** Training in a folder, for Node: checkpoints, models, metrics and TensorBoard files. */
export { type MetricsLine, readMetrics } from "./node/metrics-log";
export { checksum, type FolderOptions, folderStorage, trainInFolder } from "./node/run-folder";
