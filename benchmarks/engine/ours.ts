// Our half of the engine benchmarks. Commands come on standard input, one a line, and are
// answered with one line of JSON each:
//   run NAME          one step of a program: wall and processor time [ms]
//   check NAME FILE   writes weights, input and output to FILE for the peer, answers where they are
//   int8              NMSE of trained models with float32 and with int8 weights
import { createInterface } from "node:readline";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import { registerOnnxruntimeBackend } from "@csi-feedback/tfjs-backend-onnxruntime";
import { int8Costs } from "./int8-cost";
import { type Program, programs } from "./programs";
import { writeTensors } from "./tensor-file";

// Registering it also registers tfjs-core's gradients, which the other engines lack.
await registerOnnxruntimeBackend();
await startEngine(parseEngine(process.argv[2] ?? "onnxruntime"));
let current: { name: string; program: Program } | undefined;

async function programOf(name: string): Promise<Program> {
  if (current?.name !== name) current = { name, program: await programs[name]!() };
  return current.program;
}

async function run(name: string) {
  const { step, repeats = 1 } = await programOf(name);
  const [start, before] = [performance.now(), process.cpuUsage()];
  for (let repeat = 0; repeat < repeats; repeat++) await step();
  const { user, system } = process.cpuUsage(before);
  return { ms: (performance.now() - start) / repeats, cpuMs: (user + system) / 1e3 / repeats };
}

async function check(name: string, file: string) {
  const { check } = await programOf(name);
  return check === undefined ? {} : { entries: await writeTensors(file, await check()) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command, name = "", file = ""] = line.split(" ");
  const answer =
    command === "int8" ? await int8Costs() : await (command === "check" ? check(name, file) : run(name));
  console.log(JSON.stringify(answer));
}
