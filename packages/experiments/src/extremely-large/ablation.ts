// What each part of LLM4XCE is worth: the branches of its attention, the language model, its
// pretraining, causal attention, tuning, and predicting the noise in place of the channel.
import { compareVariants } from "./compare-variants";
import { type Llm4XceVariant, llm4XceDefinition, type XlProfile } from "./definition";

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
export const xlAblation = compareVariants({
  id: "xl-ablation",
  title: "Channel estimation: ablation of LLM4XCE",
  figureTitle: "Ablation of LLM4XCE",
  trainings: definitions,
  notes: ["Every variant has the same data, steps and learning rate."],
});
