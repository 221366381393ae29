// The demo: every method at every ratio on every channel, then a table and a figure.
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import pc from "picocolors";
import { type NamedChannels, parseChannels, pickChannels, referencePath } from "../channels";
import { bundledModel, loadModel } from "../models";
import { Progress } from "../progress";
import { paperRatios, parseRatio, type Ratio } from "../ratio";
import { printTable } from "../text-table";
import { drawDemo } from "./figure";
import { type DemoRow, measure } from "./measure";
import { type DemoMethod, demoMethods } from "./methods";

/** The options of `csi-feedback demo`, as the command line gives them. */
export interface DemoOptions {
  readonly channel: string;
  readonly data?: string;
  readonly ratio: string;
  readonly samples: number;
  readonly seed: number;
  readonly model?: string;
  readonly engine: string;
  readonly out: string;
  readonly json?: boolean;
}

export async function demo(options: DemoOptions): Promise<void> {
  const ratios = options.ratio === "all" ? paperRatios : [parseRatio(options.ratio)];
  const files = options.data
    ? [{ name: options.data, path: options.data }]
    : parseChannels(options.channel).map((name) => ({ name, path: referencePath(name) }));
  const choice = parseEngine(options.engine);
  const channels: NamedChannels[] = [];
  for (const { name, path } of files)
    channels.push(await pickChannels(name, path, options.samples, options.seed));
  await mkdir(options.out, { recursive: true });
  const engine = await startEngine(choice);
  process.stderr.write(`engine ${engine.name}: ${engine.description}\n`);

  const methods = demoMethods({
    model: await loadModel(options.model ?? bundledModel("llmcsinet")),
    ...(options.model ? {} : { paperForm: await loadModel(bundledModel("llmcsinet-paper")) }),
  });
  const rows = await measureAll(channels, ratios, methods);
  const figure = await drawDemo(channels, ratios[0], methods);
  const name = join(options.out, `demo-${ratios[0].replace("/", "-")}`);
  await writeFileAtomic(`${name}.svg`, figure.svg);
  await writeFileAtomic(`${name}.png`, figure.png);

  if (options.json) {
    process.stdout.write(`${JSON.stringify({ rows }, null, 2)}\n`);
  } else {
    printRows(rows, methods);
  }
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stderr.write(`figure: ${relative("", name)}.svg and .png; peak memory ${memory} MiB\n`);
}

async function measureAll(
  channels: readonly NamedChannels[],
  ratios: readonly Ratio[],
  methods: readonly DemoMethod[],
): Promise<DemoRow[]> {
  const rows: DemoRow[] = [];
  const progress = new Progress("demo", channels.length * ratios.length * methods.length);
  for (const set of channels) {
    for (const ratio of ratios) {
      for (const method of methods) {
        rows.push(await measure(set, ratio, method));
        progress.update(rows.length);
      }
    }
  }
  progress.end();
  return rows;
}

function printRows(rows: readonly DemoRow[], methods: readonly DemoMethod[]): void {
  const titles = new Map(methods.map(({ id, title }) => [id, title]));
  for (const channel of new Set(rows.map((row) => row.channel))) {
    process.stdout.write(`\n${pc.bold(channel)}\n`);
    printTable(
      ["ratio", "method", "bits", "NMSE [dB]", "SGCS", "encode [ms]", "decode [ms]"],
      rows
        .filter((row) => row.channel === channel)
        .map((row) => [
          row.ratio,
          titles.get(row.method) as string,
          String(row.bits),
          row.nmseDb.toFixed(2),
          row.sgcs.toFixed(4),
          row.encodeMs.toFixed(2),
          row.decodeMs.toFixed(2),
        ]),
    );
  }
  process.stdout.write(
    "\nbits: on air per sample, every field of the frame counted. NMSE and SGCS: whole band, after the inverse\n" +
      "transform, over all samples. Times: one sample, median.\n\n",
  );
}
