// A measurement as a list of steps, so that every experiment tells its progress and
// stops between two steps.
import type { ExperimentContext, MeasuredRow } from "../experiment";

/** One part of a measurement. */
export interface Step {
  readonly title: string;
  rows(): Promise<readonly MeasuredRow[]>;
}

/** Rows of all steps, one after the other. */
export async function runSteps(context: ExperimentContext, steps: readonly Step[]): Promise<MeasuredRow[]> {
  const rows: MeasuredRow[] = [];
  for (const [i, step] of steps.entries()) {
    context.signal?.throwIfAborted();
    context.progress(step.title, i / steps.length);
    rows.push(...(await step.rows()));
  }
  return rows;
}
