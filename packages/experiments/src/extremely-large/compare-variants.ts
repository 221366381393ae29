// An experiment that sets networks beside each other on the same hybrid-field channels: NMSE
// against SNR, one curve a training, drawn over that of the first one, for they lie close together.
// What the trainings are is up to its caller.
import type { ResultRow } from "../experiment";
import { nmseCurves, numberIn } from "./curves";
import { SNRS } from "./definition";
import { testChannels, withTrained, type XlExperiment } from "./experiment";
import { measureNmse } from "./measure";
import { hybrid } from "./scenario";

/** The experiment of these trainings; `figureTitle` says what is compared. */
export function compareVariants({
  figureTitle,
  ...experiment
}: Pick<XlExperiment, "id" | "title" | "trainings" | "notes"> & {
  readonly figureTitle: string;
}): XlExperiment {
  return {
    ...experiment,
    async measure(context) {
      const test = testChannels(hybrid, context);
      const definitions = experiment.trainings(context.profile, context.seed);
      for (const [i, definition] of definitions.entries()) {
        await withTrained(definition, context, async (estimator) => {
          for (const snr of SNRS) await context.emit(await measureNmse(estimator, test, snr));
        });
        context.progress(definition.label, (i + 1) / definitions.length);
      }
    },
    figures: (rows) => {
      const first = rows[0]?.method;
      return nmseCurves(overFirst(rows), {
        name: experiment.id,
        title: `${figureTitle}: hybrid field, L = 6`,
        x: "SNR per antenna [dB]",
        y: `NMSE over that of "${first}" [dB]`,
        place: ({ condition }) => numberIn(condition, "SNR"),
      });
    },
  };
}

/** Every value less that of the first method under the same condition. */
function overFirst(rows: readonly ResultRow[]): ResultRow[] {
  const base = new Map(
    rows.filter(({ method }) => method === rows[0].method).map((row) => [conditionOf(row), row.value]),
  );
  return rows.flatMap(({ low: _, high: __, ...row }) => {
    const value = base.get(conditionOf(row));
    return value === undefined ? [] : [{ ...row, value: row.value - value }];
  });
}

const conditionOf = ({ metric, condition }: Pick<ResultRow, "metric" | "condition">) =>
  `${metric}, ${condition}`;
