// Size and kind of the backbone (open question 2 of the paper): how many layers, pretrained
// or random, frozen or tuned, on the same budget.
import { nmseCurves, numberIn } from "./curves";
import { llm4XceDefinition, SNRS, type XlProfile } from "./definition";
import { testChannels, withTrained, type XlExperiment } from "./experiment";
import { measureNmse } from "./measure";
import { hybrid } from "./scenario";

/** Backbones by profile: the pretrained model at several depths, and random layers as deep as the deepest. */
function definitions(profile: XlProfile, seed: number) {
  const { source, layers: deepest } = profile.backbone;
  const depths = [...new Set([Math.ceil(deepest / 2), deepest])];
  const pretrained = depths.map((layers) =>
    llm4XceDefinition(
      { profile, seed, backbone: { source, layers } },
      { label: `${layers} pretrained layers` },
    ),
  );
  const options = { profile, seed };
  return [
    ...pretrained,
    llm4XceDefinition(options, { label: `${deepest} random layers`, random: true }),
    llm4XceDefinition(options, { label: `${deepest} pretrained layers, all tuned`, tunedLayers: deepest }),
    llm4XceDefinition(options, { label: "no layers", without: ["languageModel"] }),
  ];
}

/** NMSE by backbone. */
export const xlBackbones: XlExperiment = {
  id: "xl-backbones",
  title: "Channel estimation: backbones of LLM4XCE",
  trainings: definitions,
  async measure(context) {
    const test = testChannels(hybrid, context);
    const all = definitions(context.profile, context.seed);
    for (const [i, definition] of all.entries()) {
      await withTrained(definition, context, async (estimator) => {
        for (const snr of SNRS) await context.emit(await measureNmse(estimator, test, snr));
      });
      context.progress(definition.label, (i + 1) / all.length);
    }
  },
  figures: (rows) =>
    nmseCurves(rows, {
      name: "xl-backbones",
      title: "Backbones of LLM4XCE, hybrid field, L = 6",
      x: "SNR per antenna [dB]",
      place: ({ condition }) => numberIn(condition, "SNR"),
    }),
  notes: ["The laptop's pretrained layers are those of a LLaMA-form model of 260 K parameters."],
};
