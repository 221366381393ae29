// Size and kind of the backbone (open question 2 of the paper): how many layers, pretrained
// or random, frozen or tuned, on the same budget.
import { compareVariants } from "./compare-variants";
import { llm4XceDefinition, type XlProfile } from "./definition";

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
export const xlBackbones = compareVariants({
  id: "xl-backbones",
  title: "Channel estimation: backbones of LLM4XCE",
  figureTitle: "Backbones of LLM4XCE",
  trainings: definitions,
  notes: ["The laptop's pretrained layers are those of a LLaMA-form model of 260 K parameters."],
});
