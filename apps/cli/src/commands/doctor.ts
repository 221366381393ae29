// `csi-feedback doctor`: the machine and the engines. Each engine is tried in a child
// process, because a broken GPU driver can end the process that touches it.
import { execFile } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { promisify } from "node:util";
import {
  type EngineName,
  type EngineReport,
  engineNames,
  inspectEngine,
  parseEngine,
} from "@csi-feedback/engines";
import { Command, Option } from "commander";
import pc from "picocolors";
import { printTable } from "../text-table";

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("List the engines, which of them load here, and why others do not.")
    .option("--json", "print one JSON object on stdout")
    .addOption(new Option("--probe <engine>").hideHelp())
    .addHelpText("after", "\nExamples:\n  csi-feedback doctor\n  csi-feedback doctor --json")
    .action(async (options: { json?: boolean; probe?: string }) => {
      if (options.probe !== undefined) {
        const report = await inspectEngine(parseEngine(options.probe) as EngineName);
        process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
        return;
      }
      await doctor(options.json === true);
    });
}

async function doctor(json: boolean): Promise<void> {
  const engines: EngineReport[] = [];
  for (const name of engineNames) engines.push(await probe(name));
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
  if (json) {
    process.stdout.write(`${JSON.stringify({ machine, engines }, null, 2)}\n`);
    return;
  }
  process.stdout.write(
    `Node ${machine.node} on ${machine.platform}, ${machine.processor}, ${machine.memoryGiB} GiB\n\n`,
  );
  printTable(
    ["engine", "loads", "detail"],
    engines.map(({ name, loads, detail }) => [name, loads ? pc.green("yes") : pc.yellow("no"), detail]),
  );
  for (const { name, remedy } of engines) if (remedy) process.stdout.write(`\n${name}: ${remedy}`);
  process.stdout.write("\n");
}

/** Inspects one engine in a child process of this very program. */
async function probe(name: EngineName): Promise<EngineReport> {
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [process.argv[1], "doctor", "--probe", name],
      {
        timeout: 60_000,
      },
    );
    return JSON.parse(stdout);
  } catch (error) {
    const { signal, killed } = error as { signal?: string; killed?: boolean };
    const detail = killed
      ? "no answer within 60 s"
      : signal
        ? `ends the process (${signal})`
        : (error as Error).message;
    return { name, loads: false, detail: detail.split("\n")[0] };
  }
}
