// `csi-feedback train`: runs a definition file in a folder.
import { CsiFeedbackError } from "@csi-feedback/common";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import { readDefinition, runTraining } from "@csi-feedback/experiments";
import { interruptSignal } from "../interrupt";
import { duration } from "../progress";
import { dryRun } from "./dry-run";
import { reporter } from "./reporter";

/** The options of `csi-feedback train`, as the command line gives them. */
export interface TrainCommandOptions {
  /** There unless `dryRun` is. */
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly resume?: boolean;
  readonly engine: string;
  readonly json?: boolean;
}

export async function trainFromFile(path: string, options: TrainCommandOptions): Promise<void> {
  const definition = await readDefinition(path);
  const engine = await startEngine(parseEngine(options.engine));
  const { out: folder = "", resume = false, dryRun: dry = false, json = false } = options;
  if (dry) return dryRun(definition, json, interruptSignal("finishing the step"));
  const signal = interruptSignal("finishing the batch and writing a checkpoint");
  const summary = await runTraining({ definition, folder, engine, resume, signal, on: reporter() });
  if (summary === undefined) {
    throw new CsiFeedbackError(
      "INTERRUPTED",
      `stopped; go on with: csi-feedback train ${path} --out ${folder} --resume`,
    );
  }
  const { epochs, seconds, bestNmseDb, waitSeconds } = summary;
  const waited = waitSeconds === undefined ? "" : `, ${waitSeconds.toFixed(3)} s of it waiting for data`;
  process.stderr.write(
    `${epochs} epochs in ${duration(seconds)}${waited}, validation ${bestNmseDb.toFixed(2)} dB; model: ${folder}/model\n`,
  );
  if (json) process.stdout.write(`${JSON.stringify(summary, undefined, 2)}\n`);
}
