// Bits a path that class, delay and angle cost on the lists that train.ts keeps for validation: by the tables of
// packages/sparse-paths and by the network of packages/path-transformer in its shipped integers.
//   npx tsx benchmarks/path-transformer/odds.ts LISTS.jsonl [WEIGHTS.json]
import { readFileSync } from "node:fs";
import {
  listChannels,
  networkShapes,
  ONE,
  ReportCoder,
  weightsOf,
} from "@csi-feedback/path-transformer/training";
import { csiNetWindow, pathModels } from "@csi-feedback/sparse-paths";
import {
  cellGrid,
  classSize,
  inCellOrder,
  PathCoder,
  PathTables,
  phaseCount,
  Window,
} from "@csi-feedback/sparse-paths/parts";
import { readLists } from "./batches";

const [file, weightsFile = "packages/path-transformer/src/weights.json"] = process.argv.slice(2);
const json = JSON.parse(readFileSync(weightsFile, "utf8"));
const integers =
  json.values === undefined
    ? Int16Array.from(
        networkShapes.flatMap(([name]) => json[name] as number[]),
        (value) => Math.round(value * ONE),
      )
    : new Int16Array(Uint8Array.from(Buffer.from(json.values, "base64")).buffer);
const lists = readLists(file).slice(-400);
const grid = cellGrid(new Window(csiNetWindow, "odds"));

for (const [channel, name] of listChannels.entries()) {
  const tables = new PathCoder(new PathTables(pathModels[channel], grid));
  const network = new ReportCoder(weightsOf(integers));
  let paths = 0;
  const bits = [0, 0];
  const sinks = bits.map((_, i) => ({
    encode(_cumulative: number, frequency: number, total: number) {
      bits[i] += Math.log2(total / frequency);
    },
  }));
  for (const list of lists.filter((list) => list.channel === channel)) {
    tables.restart();
    network.start(channel);
    const plain = [...list.paths].sort(inCellOrder);
    for (const path of plain) tables.encode(path, sinks[0]);
    for (const path of list.paths) {
      network.encode(path, sinks[1]);
      // Magnitude in its class and phase are uniform in both.
      for (const i of [0, 1])
        bits[i] -= Math.log2(classSize(path.magnitudeClass)) + Math.log2(phaseCount(path.magnitude));
    }
    paths += list.paths.length;
  }
  console.log(
    `${name}: tables ${(bits[0] / paths).toFixed(2)}, network ${(bits[1] / paths).toFixed(2)} bits a path`,
  );
}
