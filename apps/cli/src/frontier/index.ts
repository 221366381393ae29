// `csi-feedback frontier`: every method at every budget on every channel, then a table and
// a figure a channel.
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { invalid } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import pc from "picocolors";
import { Progress } from "../progress";
import { printTable } from "../text-table";
import { openFrontierChannel, parseFrontierChannels } from "./channel";
import { drawFrontier } from "./figure";
import { type FrontierRow, measureMethod } from "./measure";
import { parseMethods } from "./methods";

/** The options of `csi-feedback frontier`, as the command line gives them. */
export interface FrontierOptions {
  readonly channel: string;
  readonly method: string;
  readonly bits: string;
  readonly samples: number;
  readonly seed: number;
  readonly snr?: number;
  readonly engine: string;
  readonly out: string;
  readonly json?: boolean;
}

export async function frontier(options: FrontierOptions): Promise<void> {
  const { samples, seed, snr } = options;
  const channels = parseFrontierChannels(options.channel);
  const methods = parseMethods(options.method);
  const budgets = parseBits(options.bits);
  const engineChoice = parseEngine(options.engine);
  await mkdir(options.out, { recursive: true });
  await startEngine(engineChoice);

  const noise = snr === undefined ? {} : { snr };
  const rows: FrontierRow[] = [];
  const progress = new Progress("frontier", channels.length * methods.length * budgets.length);
  let done = 0;
  for (const name of channels) {
    const channel = await openFrontierChannel(name, { samples, seed, ...noise });
    for (const method of methods) {
      const prepared = await method.prepare(channel);
      for (const budget of budgets) {
        const budgeted = await prepared.atBudget(budget);
        if (budgeted) {
          const measured = { name: method.name, prepared, budgeted };
          rows.push(await measureMethod(channel, measured, { budget, seed, ...noise }));
        }
        progress.update(++done, `, ${name} ${method.name}`);
      }
    }
  }
  progress.end();

  const titles = new Map(methods.map(({ name, title }) => [name, title]));
  const figures: string[] = [];
  for (const channel of new Set(rows.map((row) => row.channel))) {
    const own = rows.filter((row) => row.channel === channel);
    const figure = await drawFrontier(channel, own, titles);
    const path = join(options.out, `frontier-${channel}${snr === undefined ? "" : `-${snr}dB`}`);
    await writeFileAtomic(`${path}.svg`, figure.svg);
    await writeFileAtomic(`${path}.png`, figure.png);
    figures.push(relative("", path));
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ rows }, null, 2)}\n`);
  else printRows(rows, titles);
  for (const path of figures) process.stderr.write(`figure: ${path}.svg and .png\n`);
}

function parseBits(text: string): number[] {
  return text.split(",").map((part) => {
    const bits = Number(part);
    if (!/^\d+$/.test(part) || bits < 32 || bits > 65536) {
      invalid("INVALID_OPTION", "--bits", "must be budgets from 32 to 65536, separated by commas", part);
    }
    return bits;
  });
}

function printRows(rows: readonly FrontierRow[], titles: ReadonlyMap<string, string>): void {
  for (const channel of new Set(rows.map((row) => row.channel))) {
    const own = rows.filter((row) => row.channel === channel);
    process.stdout.write(`\n${pc.bold(channel)}\n`);
    printTable(
      [
        "budget",
        "method",
        "bits",
        "NMSE [dB]",
        "95 %",
        "SGCS",
        "rate",
        "encode [ms]",
        "decode [ms]",
        "UE",
        "BS",
      ],
      own.map((row) => [
        String(row.budget),
        titles.get(row.method) as string,
        row.bits.toFixed(0),
        row.nmseDb.toFixed(2),
        `${row.low.toFixed(2)} .. ${row.high.toFixed(2)}`,
        row.sgcs.toFixed(4),
        row.rate?.toFixed(2) ?? "-",
        row.encodeMs.toFixed(2),
        row.decodeMs.toFixed(2),
        row.ueParameters.toLocaleString("en"),
        row.bsParameters.toLocaleString("en"),
      ]),
    );
  }
  process.stdout.write(
    "\nbits: on air per sample, whole bytes, every field but an error check. NMSE: kept delay taps, against the clean\n" +
      "channel. rate: of each of four users under zero-forcing at 20 dB [bit/s/Hz]. UE, BS: learned numbers at each end.\n\n",
  );
}
