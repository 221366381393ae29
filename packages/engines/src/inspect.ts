// Which engines load here, and why others do not: each one is started and multiplies
// two small matrices. A broken GPU driver can end the process, so programs that must
// survive it call this from a child process, one engine each.
import { CsiFeedbackError, isCsiFeedbackError } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import { type EngineName, engineNames } from "./names";
import { remedies, startEngine } from "./start";

/** What {@link inspectEngine} found out about one engine. */
export interface EngineReport {
  readonly name: EngineName;
  readonly loads: boolean;
  /** Package and version when it loads, the reason when it does not. */
  readonly detail: string;
  /** How to get it; absent when it loads. */
  readonly remedy?: string;
}

/**
 * Tries one engine. The backend that was current before is current again afterwards.
 *
 * @example
 * ```ts
 * import { inspectEngine } from "@csi-feedback/engines";
 *
 * const report = await inspectEngine("cpu");
 * console.log(report.name, report.loads); // cpu true
 * ```
 */
export async function inspectEngine(name: EngineName): Promise<EngineReport> {
  const before = tf.engine().backendName;
  try {
    const { description } = await startEngine(name);
    await multiply();
    return { name, loads: true, detail: description };
  } catch (error) {
    const cause = isCsiFeedbackError(error) ? (error as CsiFeedbackError & { cause?: unknown }).cause : error;
    const detail = brief(String((cause as Error | undefined)?.message ?? error));
    return { name, loads: false, detail, remedy: remedies[name] };
  } finally {
    if (before) await tf.setBackend(before);
  }
}

/** {@link inspectEngine} for every engine, one after the other. */
export async function inspectEngines(): Promise<EngineReport[]> {
  const reports: EngineReport[] = [];
  for (const name of engineNames) reports.push(await inspectEngine(name));
  return reports;
}

/** The first line of a message, without the source location and signature that native libraries put before it. */
function brief(message: string): string {
  const line = message.split("\n")[0].trim();
  return line.length > 100 ? (line.split(/(?<=\.) (?=[A-Z])/).at(-1) as string) : line;
}

/** [[1, 2], [3, 4]] times itself, checked. */
async function multiply(): Promise<void> {
  const product = tf.tidy(() => {
    const matrix = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    return tf.matMul(matrix, matrix);
  });
  const values = await product.data();
  product.dispose();
  if ([...values].join() !== "7,10,15,22") {
    throw new CsiFeedbackError(
      "WRONG_RESULT",
      `the engine computed ${[...values].join()} instead of 7,10,15,22`,
    );
  }
}
