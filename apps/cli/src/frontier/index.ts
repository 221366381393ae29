// `csi-feedback frontier`: every method at every budget on every channel, then a table and
// a figure a channel.
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import { TrainedNetworks } from "@csi-feedback/experiments";
import pc from "picocolors";
import { Progress } from "../progress";
import { printTable } from "../text-table";
import { type BoundRow, boundRows, boundTitles } from "./bounds";
import { openFrontierChannel, parseFrontierChannels } from "./channel";
import { drawFrontier } from "./figure";
import { type FrontierRow, measureMethod } from "./measure";
import type { FrontierContext, FrontierMethod, MethodSetting, PreparedMethod } from "./method";
import { parseMethods } from "./methods";
import type { FrontierChannelName } from "./names";
import { keepRows, keptRows } from "./results";

/** The options of `csi-feedback frontier`, as the command line gives them. */
export interface FrontierOptions {
  readonly channel: string;
  readonly method: string;
  readonly bits: string;
  readonly samples: number;
  readonly seed: number;
  readonly snr?: number;
  readonly engine: string;
  readonly runs: string;
  readonly bounds: boolean;
  readonly results?: string;
  readonly measured?: boolean;
  readonly out: string;
  readonly json?: boolean;
}

export async function frontier(options: FrontierOptions): Promise<void> {
  const channels = parseFrontierChannels(options.channel);
  const methods = parseMethods(options.method);
  const budgets = parseBits(options.bits);
  const titles = new Map([...methods.map(({ name, title }) => [name, title] as const), ...boundTitles]);
  const task = { channels, methods, budgets, titles };
  const { rows, bounds, notes } = await (options.measured ? kept : measure)(task, options);
  await mkdir(options.out, { recursive: true });
  const figures: string[] = [];
  for (const channel of channels) {
    const own = rows.filter((row) => row.channel === channel);
    if (own.length === 0) continue;
    const figure = await drawFrontier(
      own,
      bounds.filter((row) => row.channel === channel),
      titles,
    );
    const path = join(
      options.out,
      `frontier-${channel}${options.snr === undefined ? "" : `-${options.snr}dB`}`,
    );
    await writeFileAtomic(`${path}.svg`, figure.svg);
    await writeFileAtomic(`${path}.png`, figure.png);
    figures.push(relative("", path));
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ rows, bounds }, null, 2)}\n`);
  else printRows(rows, bounds, titles);
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  for (const path of figures) process.stderr.write(`figure: ${path}.svg and .png\n`);
}

/** What is compared. */
interface Task {
  readonly channels: readonly FrontierChannelName[];
  readonly methods: readonly FrontierMethod[];
  readonly budgets: readonly number[];
  readonly titles: ReadonlyMap<string, string>;
}

interface Compared {
  readonly rows: FrontierRow[];
  readonly bounds: BoundRow[];
  readonly notes: readonly string[];
}

/** Nothing is measured: what the results folder holds. */
async function kept({ channels, budgets, titles }: Task, options: FrontierOptions): Promise<Compared> {
  const { results, seed, snr = null } = options;
  if (results === undefined) invalid("INVALID_OPTION", "--measured", "needs --results", undefined);
  const rows: FrontierRow[] = [];
  const bounds: BoundRow[] = [];
  for (const channel of channels) {
    const found = await keptRows(results, channel, { budgets, snr, titles, seed });
    rows.push(...found.rows);
    if (options.bounds) bounds.push(...found.bounds);
  }
  if (rows.length === 0) {
    const asked = `${options.method} on ${channels.join(", ")}`;
    throw new CsiFeedbackError("RESULTS_MISSING", `--measured: ${results} holds nothing of ${asked}`);
  }
  return { rows, bounds, notes: [] };
}

/** Sends every sample by every method. */
async function measure(
  { channels, methods, budgets, titles }: Task,
  options: FrontierOptions,
): Promise<Compared> {
  const { samples, seed, snr } = options;
  const engine = await startEngine(parseEngine(options.engine));
  const noise = snr === undefined ? {} : { snr };
  const rows: FrontierRow[] = [];
  const bounds: BoundRow[] = [];
  const progress = new Progress("frontier", channels.length * (methods.length + 1));
  let done = 0;
  const trained = new TrainedNetworks(options.runs);
  const notes: string[] = [];
  const context: FrontierContext = { trained, note: (text) => notes.push(text) };
  for (const name of channels) {
    const channel = await openFrontierChannel(name, { samples, seed, ...noise });
    const own: FrontierRow[] = [];
    for (const method of methods) {
      const prepared = await method.prepare(channel, context);
      for (const { budget, setting } of prepared ? await settingsOf(prepared, budgets) : []) {
        own.push(await measureMethod(channel, { name: method.name, setting }, { budget, seed, ...noise }));
      }
      prepared?.dispose?.();
      progress.update(++done, `, ${name} ${method.name}`);
    }
    const floors = options.bounds ? boundRows(channel, budgets, snr) : [];
    progress.update(++done, `, ${name} bounds`);
    rows.push(...own);
    bounds.push(...floors);
    if (options.results !== undefined) {
      await keepRows(options.results, channel, { rows: own, bounds: floors, titles, seed, engine });
    }
  }
  progress.end();
  trained.dispose();
  return { rows, bounds, notes };
}

/** A method at every budget that it can work with, or its own settings. */
async function settingsOf(
  prepared: PreparedMethod,
  budgets: readonly number[],
): Promise<{ budget: number | null; setting: MethodSetting }[]> {
  if ("settings" in prepared) {
    return (await prepared.settings()).map((setting) => ({ budget: null, setting }));
  }
  const all: { budget: number; setting: MethodSetting }[] = [];
  for (const budget of budgets) {
    const setting = await prepared.atBudget(budget);
    if (setting) all.push({ budget, setting });
  }
  return all;
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

function printRows(
  rows: readonly FrontierRow[],
  bounds: readonly BoundRow[],
  titles: ReadonlyMap<string, string>,
): void {
  for (const channel of new Set(rows.map((row) => row.channel))) {
    const own = rows.filter((row) => row.channel === channel);
    const floors = bounds.filter((row) => row.channel === channel);
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
      [
        ...own.map((row) => [
          row.budget === null ? row.setting : String(row.budget),
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
        ...floors.map((row) => [
          String(row.budget),
          titles.get(row.bound) as string,
          String(row.budget),
          row.nmseDb.toFixed(2),
          ...new Array(7).fill(""),
        ]),
      ],
    );
  }
  process.stdout.write(
    "\nbits: on air per sample, whole bytes, every field but an error check. NMSE: kept delay taps, against the clean\n" +
      "channel. rate: of each of four users under zero-forcing at 20 dB [bit/s/Hz]. UE, BS: learned numbers at each end.\n\n",
  );
}
