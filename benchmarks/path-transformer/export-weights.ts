// Rounds the weights that train.ts wrote to the 16-bit integers that packages/path-transformer ships:
//   npx tsx benchmarks/path-transformer/export-weights.ts WEIGHTS.json [OUT.json]
import { readFileSync, writeFileSync } from "node:fs";
import { networkShapes, ONE } from "@csi-feedback/path-transformer/training";

const [from, out = "packages/path-transformer/src/weights.json"] = process.argv.slice(2);
const weights = JSON.parse(readFileSync(from, "utf8")) as Record<string, number[]>;
const values = networkShapes.flatMap(([name]) => weights[name].map((value) => Math.round(value * ONE)));
const clipped = values.filter((value) => Math.abs(value) > 32767).length;
const integers = Int16Array.from(values, (value) => Math.max(-32767, Math.min(32767, value)));
writeFileSync(out, `${JSON.stringify({ values: Buffer.from(integers.buffer).toString("base64") })}\n`);
console.log(`${values.length} weights, ${clipped} clipped`);
