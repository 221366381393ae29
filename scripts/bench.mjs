// `npm run bench`: the engine against PyTorch, program by program, both in turns in one
// run. `-- --json` prints rows for programs, `--only NAME,...` selects, `--turns N` sets the
// number of timed turns (7), `--engine NAME` the engine (onnxruntime); with an engine on a GPU
// PyTorch computes on the GPU as well, if it finds one. Before its turns a program is computed by both sides from the
// same weights, and the run ends if they differ. Adds rows to benchmarks/results/engine.csv
// and engine-int8.csv, of engines on a GPU to engine-gpu.csv.
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, "..");
const folder = join(root, "benchmarks", "engine");
const names = [
  "train-gpt2-large-layer",
  "train-gpt2-layer",
  "train-crnet",
  "train-encoder",
  "decode-1",
  "decode-64",
  "decode-1-int8",
  "decode-64-int8",
  "encode-1",
];

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string" },
    turns: { type: "string", default: "7" },
    engine: { type: "string", default: "onnxruntime" },
  },
});
const onProcessor = values.engine === "onnxruntime" || values.engine === "cpu";
// int8 products and the user's encoder run on the processor.
const everywhere = names.filter((name) => !name.endsWith("-int8") && name !== "encode-1");
const selected = values.only?.split(",") ?? (values.engine === "onnxruntime" ? names : everywhere);
const unknown = selected.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`bench: --only takes ${names.join(", ")}; received ${unknown.join(", ")}`);
  process.exit(2);
}
const turns = Math.max(1, Number(values.turns) || 7);

/** Packages stay what they are, by path: only this workspace and tfjs-core's loose files are bundled. */
const packagesByPath = {
  name: "packages-by-path",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (pluginData === "resolved" || path.startsWith("node:") || path.startsWith("@csi-feedback/")) return;
      if (path.startsWith("@tensorflow/tfjs-core/dist/") || kind === "entry-point") return;
      const found = await build.resolve(path, { kind, resolveDir, pluginData: "resolved" });
      if (found.errors.length > 0 || found.external) return found;
      return { path: pathToFileURL(found.path).href, external: true };
    });
  },
};

/** Bundles ours.ts: tfjs-core's gradients are files that only a bundler can import. */
async function bundle() {
  // Beside the backend, so that onnxruntime is found from there.
  const out = join(root, "packages", "tfjs-backend-onnxruntime", ".bench", String(process.pid));
  const { build } = await import(
    pathToFileURL(createRequire(require.resolve("tsup")).resolve("esbuild")).href
  );
  await build({
    entryPoints: [join(folder, "ours.ts")],
    outfile: join(out, "ours.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
    plugins: [packagesByPath],
  });
  return out;
}

/** A worker that answers each line with one line of JSON. */
function worker(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(line) {
      child.stdin.write(`${line}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`bench: ${command} ended during ${line.slice(0, 60)}`);
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}

/** A Python that has PyTorch: `PYTHON` where it is set, the first on the path, Debian's own. */
function findPyTorch() {
  for (const python of [process.env.PYTHON, "python3", "/usr/bin/python3"]) {
    if (python === undefined) continue;
    try {
      execFileSync(python, ["-c", "import torch"], { stdio: "ignore" });
      return python;
    } catch {
      // the next one
    }
  }
  console.error("bench: PyTorch not found, its column is left out; on Debian: apt install python3-torch");
  return undefined;
}

/** Where PyTorch computes: beside an engine on a GPU on that GPU, if it finds one; and the name of that GPU. */
function findDevice(python) {
  if (onProcessor || python === undefined) return { device: "cpu" };
  const question = "import torch; print(torch.cuda.get_device_name() if torch.cuda.is_available() else '')";
  const gpu = execFileSync(python, ["-c", question], { encoding: "utf8" }).trim();
  return { device: gpu === "" ? "cpu" : "cuda", gpu };
}

const sorted = (list) => [...list].sort((a, b) => a - b);
const quantile = (list, part) => sorted(list)[Math.round(part * (list.length - 1))];
const shown = (ms) => ms.toFixed(ms < 10 ? 2 : 0);
const median = (list) => quantile(list, 0.5);

/** The largest difference of the outputs of both sides, relative to the largest output; 1e-3 at most. */
async function compare(name, ours, peer) {
  const file = join(out, `${name}.f32`);
  const { entries } = await ours.ask(`check ${name} ${file}`);
  if (entries === undefined || peer === undefined) return undefined;
  const answer = await peer.ask(`check ${name} ${file} ${JSON.stringify(entries)}`);
  rmSync(file);
  if (!(answer.difference < 1e-3)) {
    throw new Error(`bench: ${name}: the peer computes something else, ${JSON.stringify(answer)}`);
  }
  return answer;
}

async function measure(name, ours, peer) {
  const checked = await compare(name, ours, peer);
  const sides = [ours, peer].filter((side) => side !== undefined);
  for (let turn = 0; turn < 2; turn++) for (const side of sides) await side.ask(`run ${name}`);
  const times = sides.map(() => []);
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, side] of sides.entries()) times[index].push(await side.ask(`run ${name}`));
  }
  const [mine, theirs] = times.map((list) => list.map(({ ms }) => ms));
  const [mineCpu, theirsCpu] = times.map((list) => median(list.map(({ cpuMs }) => cpuMs)));
  const row = { name, medianMs: median(mine), cpuMs: mineCpu };
  if (theirs === undefined) return { ...row, peer: null, peerMedianMs: null, ratio: null };
  const ratios = mine.map((ms, turn) => ms / theirs[turn]);
  return {
    ...row,
    peer: peerDevice === "cuda" ? "pytorch (cuda)" : "pytorch",
    peerMedianMs: median(theirs),
    peerCpuMs: theirsCpu,
    ratio: median(mine) / median(theirs),
    ratioLow: quantile(ratios, 0.1),
    ratioHigh: quantile(ratios, 0.9),
    ...checked,
  };
}

/** Adds rows to a file of results, with what they were measured on. */
function writeCsv(name, columns, rows) {
  if (rows.length === 0) return;
  const results = join(root, "benchmarks", "results");
  mkdirSync(results, { recursive: true });
  const file = join(results, `${name}.csv`);
  const shared = {
    date: new Date().toISOString().slice(0, 10),
    commit,
    processor: cpus()[0].model.replaceAll(",", " "),
    threads: cpus().length,
    load,
    engine: values.engine,
    ...(onProcessor ? {} : { gpu }),
  };
  const cell = (value) => (typeof value === "number" ? Number(value.toPrecision(4)) : (value ?? ""));
  const header = [...Object.keys(shared), ...columns];
  const lines = rows.map((row) => header.map((column) => cell({ ...shared, ...row }[column])).join());
  if (!existsSync(file)) writeFileSync(file, `${header.join()}\n`);
  appendFileSync(file, `${lines.join("\n")}\n`);
}

const timing =
  "name,medianMs,cpuMs,peer,peerMedianMs,peerCpuMs,ratio,ratioLow,ratioHigh,parameters,difference";
const quality = "model,channel,elements,floatDb,int8Db,costDb";
const [load] = loadavg();
const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
// Of the code that is bundled now; a plus sign marks changes that are not committed.
const changed = git("status", "--porcelain", "packages", "benchmarks/engine") === "" ? "" : "+";
const commit = git("rev-parse", "--short", "HEAD") + changed;
const out = await bundle();
const ours = worker(process.execPath, [join(out, "ours.mjs"), values.engine]);
const python = findPyTorch();
const { device: peerDevice, gpu } = findDevice(python);
const peer = python === undefined ? undefined : worker(python, [join(folder, "peer.py"), peerDevice]);
const rows = [];
for (const name of selected) {
  const row = await measure(name, ours, peer);
  rows.push(row);
  if (!values.json) {
    const other =
      row.peer === null
        ? ""
        : `  ${row.peer} ${shown(row.peerMedianMs)} ms, ratio ${row.ratio.toFixed(2)} (${row.ratioLow.toFixed(2)} to ${row.ratioHigh.toFixed(2)})`;
    console.log(`${name.padEnd(24)} ${shown(row.medianMs)} ms${other}`);
  }
}
const costs = selected.some((name) => name.endsWith("-int8")) ? await ours.ask("int8") : [];
ours.end();
peer?.end();
rmSync(out, { recursive: true, force: true });
writeCsv(onProcessor ? "engine" : "engine-gpu", timing.split(","), rows);
writeCsv("engine-int8", quality.split(","), costs);
if (values.json) {
  console.log(JSON.stringify({ rows, int8: costs }));
} else if (costs.length > 0) {
  console.log("\nNMSE of trained models on reference channels, float32 and int8 weights");
  for (const { model, channel, elements, floatDb, int8Db, costDb } of costs) {
    const decibels = `${floatDb.toFixed(2)} dB, ${int8Db.toFixed(2)} dB, cost ${costDb.toFixed(3)} dB`;
    console.log(`${model.padEnd(16)} ${channel.padEnd(8)} M = ${elements}  ${decibels}`);
  }
}
