// Size and kind of the backbone (open question 2 of the paper): how many layers of which
// model, pretrained or random, frozen or tuned, on the same budget.
import { compareVariants } from "./compare-variants";
import { type Backbone, type Llm4XceVariant, llm4XceDefinition, type XlProfile } from "./definition";

/** Random layers of GPT-2's form, as wide as those of the model that comes along. */
const gpt2Form: Llm4XceVariant["layers"] = { family: "gpt2", width: 64, heads: 8, positions: 64 };

const nameOf = ({ source, layers }: Backbone) =>
  `${layers} pretrained ${layers === 1 ? "layer" : "layers"}, ${source.split("/").pop()}`;

/** The profile's backbone and the others, then the same sizes without pretraining, all tuned, and none. */
function definitions(profile: XlProfile, seed: number) {
  const options = { profile, seed };
  const { backbone, backbones } = profile;
  const { layers: depth } = backbone;
  const pretrained = [backbone, ...backbones].map((one) =>
    llm4XceDefinition({ ...options, backbone: one }, { label: nameOf(one) }),
  );
  const small = backbone.source === "stories260K";
  return [
    ...pretrained,
    llm4XceDefinition(options, { label: `${depth} random layers`, random: true }),
    ...(small
      ? [
          llm4XceDefinition(options, {
            label: `${depth} random layers of GPT-2's form`,
            random: true,
            layers: { ...gpt2Form, depth },
          }),
        ]
      : []),
    llm4XceDefinition(options, { label: `${depth} pretrained layers, all tuned`, tunedLayers: depth }),
    llm4XceDefinition(options, { label: "no layers", without: ["languageModel"] }),
  ];
}

/** NMSE by backbone. */
export const xlBackbones = compareVariants({
  id: "xl-backbones",
  title: "Channel estimation: backbones of LLM4XCE",
  figureTitle: "Backbones of LLM4XCE",
  trainings: definitions,
  notes: [
    "The last two layers are tuned, or all where there are fewer, unless named otherwise; the others are frozen.",
    "stories260K is a model of LLaMA's form: five layers, 64 wide, trained on stories.",
  ],
});
