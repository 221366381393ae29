// Samples per second and core of every channel model, by processor time (so that other
// load on the machine disturbs little). Run from the repository's root:
//   npx tsx benchmarks/channel-models/throughput.ts [SECONDS_PER_MODEL]
import {
  type ChannelModelName,
  channelModels,
  generateChannels,
  generateHybridField,
} from "@csi-feedback/channel-models";

const budget = Number(process.argv[2] ?? 2) * 1e6;

/** Processor time of one sample [ms], after a warm-up. */
function measure(make: (firstSample: number, samples: number) => void): number {
  make(0, 20);
  let samples = 0;
  const start = process.cpuUsage();
  for (;;) {
    make(samples, 10);
    samples += 10;
    const { user, system } = process.cpuUsage(start);
    if (user + system > budget) {
      return (user + system) / 1e3 / samples;
    }
  }
}

const models: [string, (firstSample: number, samples: number) => void][] = (
  Object.keys(channelModels) as ChannelModelName[]
).map((model) => [
  model,
  (firstSample, samples) => {
    generateChannels({ model, samples, seed: 1, firstSample });
  },
]);
models.push([
  "hybrid-field",
  (firstSample, samples) => {
    generateHybridField({ samples, seed: 1, firstSample });
  },
]);

console.log("| model | ms per sample | samples per second and core |\n|---|---|---|");
for (const [name, make] of models) {
  const milliseconds = measure(make);
  console.log(`| ${name} | ${milliseconds.toFixed(2)} | ${(1000 / milliseconds).toFixed(0)} |`);
}
