// The file of a network as far as it concerns this package; the user's side reads it too,
// so it stands in @csi-feedback/ue-encoder.
export {
  type Checkpoint,
  type CheckpointHeader,
  checkpointKeys as KEYS,
  checkpointVersion as VERSION,
  parseCheckpoint,
} from "@csi-feedback/ue-encoder";
