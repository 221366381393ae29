// What the methods of the frontier give with as many bits: between their nearest rows of the results, in the logarithm of
// the bits; below the shortest report, that one's. From the repository root:
//   npx tsx benchmarks/path-transformer/at-bits.ts CHANNEL BITS,BITS
import { readResults } from "../../packages/experiments/src";

const [channel, bitsText] = process.argv.slice(2);
const rows = (await readResults("results")).filter(
  ({ experiment, condition }) => experiment === `frontier-${channel}` && /^within \d+ bits$/.test(condition),
);
const points = new Map<string, [bits: number, error: number][]>();
for (const { method, condition, metric, value } of rows) {
  if (metric !== "Bits of a report") continue;
  const error = rows.find(
    (row) => row.method === method && row.condition === condition && row.metric === "NMSE [dB]",
  );
  if (error) points.set(method, [...(points.get(method) ?? []), [value, error.value]]);
}
for (const bits of bitsText.split(",").map(Number)) {
  for (const [method, own] of points) {
    own.sort(([a], [b]) => a - b);
    const above = own.findIndex(([at]) => at >= bits);
    const [high, highError] = own.at(above) as [number, number];
    const [low, lowError] = above > 0 ? own[above - 1] : [high, highError];
    const share = high === low ? 0 : Math.log(bits / low) / Math.log(high / low);
    const error = lowError + Math.min(1, share) * (highError - lowError);
    console.log(`${channel}, ${bits} bits, ${method}: ${error.toFixed(1)} dB`);
  }
}
