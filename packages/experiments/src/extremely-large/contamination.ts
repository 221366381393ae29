// Two users who send the same pilots (open question 1 of the paper): NMSE of the first one's
// channel against the power of the second one.
import { lmmse, sampleCovariance } from "@csi-feedback/channel-estimation";
import { type Estimator, eachSample } from "./classical";
import { nmseCurves, numberIn } from "./curves";
import {
  type DefinitionOptions,
  type EstimatorDefinition,
  llm4XceDefinition,
  xlcNetDefinition,
} from "./definition";
import { classicalIn, testChannels, withTrained, type XlContext, type XlExperiment } from "./experiment";
import { measureNmse } from "./measure";
import { ANTENNAS, channelsOf, hybrid, noiseVarianceOf } from "./scenario";

import { dataSeed } from "./train";

const SNR = 10;
/** Power of the second user over the first [dB]. */
const POWERS = [-30, -20, -15, -10, -5, 0] as const;

/** LMMSE that counts the second user as noise of its covariance. */
function awareLmmse(power: number, { seed, profile }: XlContext): Estimator {
  const training = channelsOf(hybrid, dataSeed.train(seed), Math.min(profile.samples.train, 10_000));
  const covariance = sampleCovariance(training, ANTENNAS);
  const scale = 10 ** (power / 10);
  const interference = {
    ...covariance,
    re: covariance.re.map((value) => scale * value),
    im: covariance.im.map((value) => scale * value),
  };
  const filter = lmmse({ covariance, interference, noiseVariance: noiseVarianceOf(SNR) });
  return {
    name: "LMMSE, told of the second user",
    epochs: 0,
    estimate: async (observed) => eachSample(observed, filter),
  };
}

/** Networks trained alone, and networks trained beside a second user of any of the powers. */
function definitions(options: DefinitionOptions): EstimatorDefinition[] {
  const alone = [xlcNetDefinition(options), llm4XceDefinition(options)];
  const contamination = [POWERS[0], POWERS[POWERS.length - 1]] as const;
  const beside = alone.map((definition) => ({
    ...definition,
    label: `${definition.label}, trained beside a second user`,
    contamination,
  }));
  return [...alone, ...beside];
}

/** NMSE under pilot contamination. */
export const xlContamination: XlExperiment = {
  id: "xl-contamination",
  title: "Channel estimation: two users with the same pilots",
  trainings: (profile, seed) => definitions({ profile, seed }),
  async measure(context) {
    const test = testChannels(hybrid, context);
    const channels = channelsOf(hybrid, dataSeed.interference(context.seed), context.samples);
    const at = (power: number) => ({
      condition: `second user ${power} dB`,
      contamination: { channels, power },
    });
    const unaware = (["LS", "LMMSE", "Hybrid-field OMP", "Gridless pursuit"] as const).map((name) =>
      classicalIn(name, hybrid, context),
    );
    for (const [i, power] of POWERS.entries()) {
      for (const estimator of [...unaware, awareLmmse(power, context)]) {
        await context.emit(await measureNmse(estimator, test, SNR, at(power)));
      }
      context.progress(`second user ${power} dB`, (i + 1) / (POWERS.length + 1));
    }
    for (const definition of definitions(context)) {
      await withTrained(definition, context, async (estimator) => {
        for (const power of POWERS) await context.emit(await measureNmse(estimator, test, SNR, at(power)));
      });
    }
    context.progress("networks", 1);
  },
  figures: (rows) =>
    nmseCurves(rows, {
      name: "xl-contamination",
      title: `Two users with the same pilots, SNR ${SNR} dB`,
      x: "Power of the second user over the first [dB]",
      place: ({ condition }) => numberIn(condition, "second user"),
    }),
  notes: [
    "One version of LMMSE is told of the second user, and two networks were trained beside one; the others know nothing of it. Its channel has the same statistics as the first one's.",
  ],
};
