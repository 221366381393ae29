// What fitting all paths jointly takes away, nothing quantised: the residual of the greedy search and of the joint fit
// from there, over the energy [dB], on four generated samples a channel.
//   npx tsx benchmarks/path-transformer/joint-fit.ts
import { generateChannels } from "@csi-feedback/channel-models";
import { energyOf, fitJointly, listChannels, pathsIn } from "@csi-feedback/path-transformer/training";
import { csiNetWindow } from "@csi-feedback/sparse-paths";
import { PathEstimator, Window } from "@csi-feedback/sparse-paths/parts";

const window = new Window(csiNetWindow, "joint-fit");
const estimator = new PathEstimator(window);
for (const model of listChannels) {
  const { data } = generateChannels({ model, samples: 4, seed: 991 });
  for (const count of [5, 18, 35, 70]) {
    const pairs = Array.from({ length: 4 }, (_, i) => {
      const channel = window.unwind(data.slice(i * 2048, (i + 1) * 2048), "joint-fit");
      const paths = pathsIn(estimator.estimate(channel, { paths: count }));
      const before = fitJointly(channel, paths, estimator.kernels, { steps: 0, gain: 1e-3 });
      const after = fitJointly(channel, paths, estimator.kernels, { steps: 40, gain: 1e-3 });
      const decibels = (energy: number) => (10 * Math.log10(energy / energyOf(channel))).toFixed(1);
      return `${decibels(before)} to ${decibels(after)}`;
    });
    console.log(`${model}, ${count} paths: ${pairs.join(", ")}`);
  }
}
