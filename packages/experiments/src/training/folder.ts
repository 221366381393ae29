// The files of a run folder that stand beside what the trainer itself writes there.
import { stat } from "node:fs/promises";
import { join } from "node:path";

/** Names in a run folder. */
export const runFiles = {
  /** The definition with checksums, and its hash. */
  definition: "definition.json",
  /** Written last: it is there when the run is finished. */
  summary: "summary.json",
  /** The folder that `encode`, `decode` and `demo` of the command line take with `--model`. */
  model: "model",
} as const;

/** Names in a model folder. */
export const modelFiles = { weights: "weights.safetensors", quantizers: "quantizers.json" } as const;

/** The weights file of a run folder, of a model folder, or the file itself. */
export async function weightsPath(path: string): Promise<string> {
  const inModel = join(path, modelFiles.weights);
  for (const candidate of [join(path, runFiles.model, modelFiles.weights), inModel]) {
    if (await isFile(candidate)) return candidate;
  }
  const folder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return folder ? inModel : path;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
