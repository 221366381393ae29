// Writes src/measure/learned-position-bits.json: bits for M = 1, 2, ..., 256. Some minutes of processor
// time. Run from the package's folder: npx tsx test/make-learned-position-bits.ts
import { writeFileAtomic } from "@csi-feedback/common/node";
import { type LearnedChannel, measureLearnedBits } from "../src/measure/learned-positions";

const counts = Array.from({ length: 256 }, (_, i) => i + 1);
const file: Partial<Record<LearnedChannel, number[]>> = {};
for (const channel of ["indoor", "outdoor"] as const) {
  const bits = await measureLearnedBits(channel, counts);
  file[channel] = bits.map((one) => Math.round(100 * one) / 100);
}
const path = new URL("../src/measure/learned-position-bits.json", import.meta.url).pathname;
await writeFileAtomic(path, `${JSON.stringify(file)}\n`);
