// What each part of LLM4XCE is worth: the branches of its attention, the language model, its
// pretraining, causal attention, tuning, and predicting the noise in place of the channel.
import { nmseCurves, numberIn } from "./curves";
import { type Llm4XceVariant, llm4XceDefinition, SNRS, type XlProfile } from "./definition";
import { testChannels, withTrained, type XlExperiment } from "./experiment";
import { measureNmse } from "./measure";
import { hybrid } from "./scenario";

/** In the order in which a run with little time should measure them. */
const variants: readonly Llm4XceVariant[] = [
  { label: "LLM4XCE" },
  { label: "without the language model", without: ["languageModel"] },
  { label: "random layers, not pretrained", random: true },
  { label: "without spatial attention", without: ["spatialAttention"] },
  { label: "without feature attention", without: ["featureAttention"] },
  { label: "without residual prediction", without: ["residual"] },
  { label: "no layer tuned", tunedLayers: 0 },
  { label: "bidirectional attention", causal: false },
];

function definitions(profile: XlProfile, seed: number) {
  return variants.map((variant) => llm4XceDefinition({ profile, seed }, variant));
}

/** The ablation of LLM4XCE. */
export const xlAblation: XlExperiment = {
  id: "xl-ablation",
  title: "Channel estimation: ablation of LLM4XCE",
  trainings: definitions,
  async measure(context) {
    const test = testChannels(hybrid, context);
    for (const [i, definition] of definitions(context.profile, context.seed).entries()) {
      await withTrained(definition, context, async (estimator) => {
        for (const snr of SNRS) await context.emit(await measureNmse(estimator, test, snr));
      });
      context.progress(definition.label, (i + 1) / variants.length);
    }
  },
  figures: (rows) =>
    nmseCurves(rows, {
      name: "xl-ablation",
      title: "Ablation of LLM4XCE, hybrid field, L = 6",
      x: "SNR per antenna [dB]",
      place: ({ condition }) => numberIn(condition, "SNR"),
    }),
  notes: ["Every variant has the same data, steps and learning rate."],
};
