// The estimators without training data, or with a covariance only: each as strong as it
// is known to be made, on the observations that the networks get.
import {
  angleDictionary,
  type ComplexVector,
  gridlessPursuit,
  hybridFieldOmp,
  lmmse,
  omp,
  polarDictionary,
  type SparseEstimate,
  sampleCovariance,
} from "@csi-feedback/channel-estimation";
import { ANTENNAS, type Channels, noiseVarianceOf, placesOf, type Scenario, WAVELENGTH } from "./scenario";

/** An estimator of channels from their least-squares estimates. */
export interface Estimator {
  /** As tables and figures name it. */
  readonly name: string;
  /** Epochs trained; 0 for what is not trained. */
  readonly epochs: number;
  /** Estimates from observations at an SNR [dB], which only classical methods use. */
  estimate(observed: Channels, snr: number): Promise<Channels>;
}

/** An estimator without a network. */
export interface ClassicalEstimator extends Estimator {
  /** Real multiply-accumulates of one channel, the mean over these observations. */
  multiplyAccumulates(observed: Channels, snr: number): number;
}

/** Names of the classical estimators. */
export const classicalNames = [
  "LS",
  "LMMSE",
  "OMP, angle domain",
  "OMP, polar domain",
  "Hybrid-field OMP",
  "Gridless pursuit",
] as const;

/** Name of a classical estimator. */
export type ClassicalName = (typeof classicalNames)[number];

/** Directions of the dictionaries for each antenna; more than one, or waves between the directions leak. */
const OVERSAMPLING = 4;

/** What a classical estimator knows beside the observations. */
export interface Knowledge {
  /** Array, number of far-field paths and distances. */
  readonly scenario: Scenario;
  /** Channels that the covariance of LMMSE is taken from: those the networks are trained on. */
  readonly training: () => Channels;
}

/** Makes the estimator of that name. */
export function classicalEstimator(name: ClassicalName, knowledge: Knowledge): ClassicalEstimator {
  const { scenario } = knowledge;
  const places = placesOf(scenario.array);
  const nearest = scenario.distances[0] / WAVELENGTH;
  const far = () => angleDictionary(places, { oversampling: OVERSAMPLING });
  const near = () => polarDictionary(places, { nearest, oversampling: OVERSAMPLING });
  const make = (
    one: (observed: ComplexVector, noiseVariance: number) => SparseEstimate,
  ): ClassicalEstimator => ({
    name,
    epochs: 0,
    estimate: async (observed, snr) => eachSample(observed, (y) => one(y, noiseVarianceOf(snr)).channel),
    multiplyAccumulates(observed, snr) {
      let sum = 0;
      eachSample(observed, (y) => {
        const { channel, multiplyAccumulates } = one(y, noiseVarianceOf(snr));
        sum += multiplyAccumulates;
        return channel;
      });
      return Math.round(sum / observed.samples);
    },
  });
  switch (name) {
    case "LS":
      return { name, epochs: 0, estimate: async (observed) => observed, multiplyAccumulates: () => 0 };
    case "LMMSE":
      return lmmseEstimator(knowledge);
    case "OMP, angle domain": {
      const dictionary = far();
      return make((y, noiseVariance) => omp(y, dictionary, { noiseVariance }));
    }
    case "OMP, polar domain": {
      const dictionary = near();
      return make((y, noiseVariance) => omp(y, dictionary, { noiseVariance }));
    }
    case "Hybrid-field OMP": {
      const [angles, polar] = [far(), near()];
      const picks = PICKS_PER_FAR_PATH * scenario.farPaths;
      return make((y, noiseVariance) =>
        hybridFieldOmp(y, {
          far: angles,
          farRule: { picks, noiseVariance },
          near: polar,
          nearRule: { noiseVariance },
        }),
      );
    }
    case "Gridless pursuit": {
      const dictionary = near();
      return make((y, noiseVariance) => gridlessPursuit(y, { places, dictionary, nearest, noiseVariance }));
    }
  }
}

/** Far-field paths lie between directions, so that one pick does not take all of one. */
const PICKS_PER_FAR_PATH = 2;

function lmmseEstimator({ training }: Knowledge): ClassicalEstimator {
  let covariance: ReturnType<typeof sampleCovariance> | undefined;
  const filters = new Map<number, (observed: ComplexVector) => ComplexVector>();
  return {
    name: "LMMSE",
    epochs: 0,
    async estimate(observed, snr) {
      covariance ??= sampleCovariance(training(), ANTENNAS);
      const filter = filters.get(snr) ?? lmmse({ covariance, noiseVariance: noiseVarianceOf(snr) });
      filters.set(snr, filter);
      return eachSample(observed, filter);
    },
    multiplyAccumulates: () => 4 * ANTENNAS ** 2,
  };
}

/** Applies an estimator of one channel to every sample. */
export function eachSample(
  { re, im, samples }: Channels,
  one: (observed: ComplexVector) => ComplexVector,
): Channels {
  const result = { re: new Float32Array(re.length), im: new Float32Array(im.length), samples };
  for (let i = 0; i < samples; i++) {
    const [start, end] = [i * ANTENNAS, (i + 1) * ANTENNAS];
    const observed = {
      re: Float64Array.from(re.subarray(start, end)),
      im: Float64Array.from(im.subarray(start, end)),
    };
    const channel = one(observed);
    result.re.set(channel.re, start);
    result.im.set(channel.im, start);
  }
  return result;
}
