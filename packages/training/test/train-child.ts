// A process that trains the tiny network in a folder, to be killed. Prints a line
// per step. Bundled by the test that uses it.
import "@tensorflow/tfjs-backend-cpu";
import { algorithm1 } from "../src/algorithm1";
import { trainInFolder } from "../src/node";
import { tinyChannels, tinyNetwork } from "./tiny-network";

await trainInFolder({
  network: tinyNetwork(),
  data: { train: tinyChannels(40, 1), validation: tinyChannels(20, 2) },
  stages: algorithm1({ epochs: 5, learningRate: 0.01, stage2: "joint" }),
  batchSize: 8,
  seed: 3,
  elements: [32, 16],
  directory: process.argv[2],
  resume: true,
  // A checkpoint after every step: the most dangerous setting.
  checkpointMinutes: 0,
  on: (event) => {
    if (event.type === "step") console.log(event.step);
  },
});
