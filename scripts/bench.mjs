// `npm run bench`: the engine against PyTorch, program by program, both in turns in one
// run. `-- --json` prints rows for programs, `--only NAME,...` selects, `--turns N` sets the
// number of timed turns (7). Writes benchmarks/results/engine.csv.
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
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
  "decode-1",
  "decode-64",
  "decode-1-int8",
  "decode-64-int8",
];

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string" },
    turns: { type: "string", default: "7" },
  },
});
const selected = values.only?.split(",") ?? names;
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
    build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
      if (path.startsWith("node:") || path.startsWith("@csi-feedback/")) return undefined;
      if (path.startsWith("@tensorflow/tfjs-core/dist/") || importer === "") return undefined;
      const resolved = createRequire(importer).resolve(path);
      return { path: resolved.startsWith("/") ? pathToFileURL(resolved).href : resolved, external: true };
    });
  },
};

/** Bundles ours.ts: tfjs-core's gradients are files that only a bundler can import. */
async function bundle() {
  // Beside the backend, so that onnxruntime is found from there.
  const out = join(root, "packages", "tfjs-backend-onnxruntime", ".bench");
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

/** A worker that answers each name with the times of one step. */
function worker(command, args) {
  const child = spawn(command, args, { cwd: dirname(args[0]), stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async step(name) {
      child.stdin.write(`${name}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`bench: ${command} ended during ${name}`);
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

const sorted = (list) => [...list].sort((a, b) => a - b);
const quantile = (list, part) => sorted(list)[Math.round(part * (list.length - 1))];
const median = (list) => quantile(list, 0.5);

async function measure(name, ours, peer) {
  const sides = [ours, peer].filter((side) => side !== undefined);
  for (let turn = 0; turn < 2; turn++) for (const side of sides) await side.step(name);
  const times = sides.map(() => []);
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, side] of sides.entries()) times[index].push(await side.step(name));
  }
  const [mine, theirs] = times.map((list) => list.map(({ ms }) => ms));
  const [mineCpu, theirsCpu] = times.map((list) => median(list.map(({ cpuMs }) => cpuMs)));
  const row = { name, medianMs: median(mine), cpuMs: mineCpu };
  if (theirs === undefined) return { ...row, peer: null, peerMedianMs: null, ratio: null };
  const ratios = mine.map((ms, turn) => ms / theirs[turn]);
  return {
    ...row,
    peer: "pytorch",
    peerMedianMs: median(theirs),
    peerCpuMs: theirsCpu,
    ratio: median(mine) / median(theirs),
    ratioLow: quantile(ratios, 0.1),
    ratioHigh: quantile(ratios, 0.9),
  };
}

function writeCsv(rows) {
  const results = join(root, "benchmarks", "results");
  mkdirSync(results, { recursive: true });
  const file = join(results, "engine.csv");
  const columns =
    "date,commit,processor,threads,name,medianMs,cpuMs,peer,peerMedianMs,peerCpuMs,ratio,ratioLow,ratioHigh";
  if (!existsSync(file)) writeFileSync(file, `${columns}\n`);
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: root,
    encoding: "utf8",
  }).trim();
  const [{ model }, count] = [cpus()[0], cpus().length];
  const shared = {
    date: new Date().toISOString().slice(0, 10),
    commit,
    processor: model.replaceAll(",", " "),
    threads: count,
  };
  const cell = (value) => (typeof value === "number" ? Number(value.toPrecision(4)) : (value ?? ""));
  for (const row of rows) {
    const record = { ...shared, ...row };
    appendFileSync(
      file,
      `${columns
        .split(",")
        .map((column) => cell(record[column]))
        .join()}\n`,
    );
  }
}

const out = await bundle();
const ours = worker(process.execPath, [join(out, "ours.mjs")]);
const python = findPyTorch();
const peer = python === undefined ? undefined : worker(python, [join(folder, "peer.py")]);
const rows = [];
for (const name of selected) {
  const row = await measure(name, ours, peer);
  rows.push(row);
  if (!values.json) {
    const other =
      row.peer === null
        ? ""
        : `  ${row.peer} ${row.peerMedianMs.toFixed(0)} ms, ratio ${row.ratio.toFixed(2)} (${row.ratioLow.toFixed(2)} to ${row.ratioHigh.toFixed(2)})`;
    console.log(`${name.padEnd(24)} ${row.medianMs.toFixed(0)} ms${other}`);
  }
}
ours.end();
peer?.end();
rmSync(out, { recursive: true, force: true });
writeCsv(rows);
if (values.json) console.log(JSON.stringify({ rows }));
