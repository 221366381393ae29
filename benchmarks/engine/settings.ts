// What the backend's settings do to two training steps:
//   node benchmarks/run.mjs benchmarks/engine/settings.ts [TURNS]
// Registers the backend once for every setting and lets them take turns in one process; prints
// medians of wall and processor time [ms]. Settings that are slower in both are not defaults.
import { type OnnxruntimeOptions, registerOnnxruntimeBackend } from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { type Program, programs } from "./programs";

const settings: Readonly<Record<string, OnnxruntimeOptions>> = {
  defaults: {},
  "memoryArena: false": { memoryArena: false },
  'graphOptimizationLevel: "basic"': { graphOptimizationLevel: "basic" },
  'graphOptimizationLevel: "extended"': { graphOptimizationLevel: "extended" },
  "spinning: false": { spinning: false },
  "threads: 1": { threads: 1 },
};
const turns = Number(process.argv[3] ?? 9);
const median = (list: number[]) => [...list].sort((a, b) => a - b)[list.length >> 1]!;

for (const [name, options] of Object.entries(settings))
  await registerOnnxruntimeBackend({ ...options, name });
for (const name of ["train-crnet", "train-gpt2-layer"]) {
  const sides = new Map<string, { program: Program; wall: number[]; processor: number[] }>();
  for (const setting of Object.keys(settings)) {
    await tf.setBackend(setting);
    const program = await programs[name]!();
    for (let step = 0; step < 3; step++) await program.step();
    sides.set(setting, { program, wall: [], processor: [] });
  }
  for (let turn = 0; turn < turns; turn++) {
    for (const [setting, { program, wall, processor }] of sides) {
      await tf.setBackend(setting);
      const [start, before] = [performance.now(), process.cpuUsage()];
      await program.step();
      const { user, system } = process.cpuUsage(before);
      wall.push(performance.now() - start);
      processor.push((user + system) / 1e3);
    }
  }
  console.log(name);
  for (const [setting, { wall, processor }] of sides) {
    console.log(
      `  ${setting.padEnd(36)} ${median(wall).toFixed(0)} ms, processor ${median(processor).toFixed(0)} ms`,
    );
  }
}
