// Where a step of one of the programs spends its time, from onnxruntime's own profile:
//   node benchmarks/run.mjs benchmarks/engine/profile.ts NAME [STEPS]
// Prints, per operator: how many run in a step, their time [ms] and their share. The profiler
// itself slows small operators down; what a step takes is measured by npm run bench.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registerOnnxruntimeBackend } from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { programs } from "./programs";

interface Event {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { readonly op_name?: string; readonly input_type_shape?: unknown };
}

const [name = "", count = "5"] = process.argv.slice(3);
const create = programs[name];
if (create === undefined) throw new Error(`profile: NAME must be one of ${Object.keys(programs).join(", ")}`);
const detailed = process.argv.includes("--shapes");

const folder = await mkdtemp(join(tmpdir(), "profile-"));
await registerOnnxruntimeBackend({ profile: join(folder, "session") });
await tf.setBackend("onnxruntime");
const program = await create();
const steps = Number(count) + 3;
for (let step = 0; step < steps; step++) await program.step();
program.dispose?.();
tf.removeBackend("onnxruntime");

/** Events of the session that took longest: the one that the steps run. */
async function longest(): Promise<Event[]> {
  let [best, most]: [Event[], number] = [[], 0];
  for (const file of await readdir(folder)) {
    const events: Event[] = JSON.parse(await readFile(join(folder, file), "utf8"));
    const time = events.reduce((sum, event) => (event.cat === "Node" ? sum + event.dur : sum), 0);
    if (time > most) [best, most] = [events, time];
  }
  return best;
}

const events = await longest();
await rm(folder, { recursive: true });
const runs = events.filter((event) => event.name === "model_run").length;
const table = new Map<string, { count: number; ms: number }>();
let total = 0;
for (const { cat, name, dur, args } of events) {
  if (cat !== "Node" || !name.endsWith("_kernel_time")) continue;
  const key = detailed ? `${args?.op_name} ${JSON.stringify(args?.input_type_shape)}` : `${args?.op_name}`;
  const row = table.get(key) ?? { count: 0, ms: 0 };
  row.count += 1 / runs;
  row.ms += dur / 1e3 / runs;
  total += dur / 1e3 / runs;
  table.set(key, row);
}
console.log(`${name}: ${total.toFixed(2)} ms in operators, mean of ${runs} runs`);
for (const [op, { count, ms }] of [...table].sort((a, b) => b[1].ms - a[1].ms).slice(0, 40)) {
  const share = `${((100 * ms) / total).toFixed(1)} %`;
  console.log(
    `${op.padEnd(24)} ${count.toFixed(0).padStart(4)} ${ms.toFixed(2).padStart(9)} ms ${share.padStart(7)}`,
  );
}
