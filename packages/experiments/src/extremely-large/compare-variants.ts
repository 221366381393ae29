// An experiment that sets networks beside each other on the same hybrid-field channels: NMSE
// against SNR, one curve a training. What the trainings are is up to its caller.
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
    figures: (rows) =>
      nmseCurves(rows, {
        name: experiment.id,
        title: `${figureTitle}, hybrid field, L = 6`,
        x: "SNR per antenna [dB]",
        place: ({ condition }) => numberIn(condition, "SNR"),
      }),
  };
}
