// The command line: what commands there are and what they take. Each command's work
// is loaded only when it is called.
import { Command, CommanderError } from "commander";
import { convertCommand } from "./commands/convert";
import { dataCommand } from "./commands/data";
import { demoCommand } from "./commands/demo";
import { doctorCommand } from "./commands/doctor";
import { figureCommand } from "./commands/figure";
import { frontierCommand } from "./commands/frontier";
import { layersCommand } from "./commands/layers";
import { networksCommand } from "./commands/networks";
import { reportCommand } from "./commands/report";
import { reproduceCommand } from "./commands/reproduce";
import { tableCommand } from "./commands/table";
import { trainCommand } from "./commands/train";
import { decodeCommand, encodeCommand } from "./commands/transmit";
import { workerCommand } from "./commands/worker";
import { xlCommand } from "./commands/xl";
import { exitCodeOf, reportError } from "./failure";
import { version } from "./version";

const program = new Command("csi-feedback")
  .description("CSI feedback for massive MIMO: compress a channel into bits, rebuild it at the base station.")
  .version(version)
  .option("--verbose", "show the stack trace of an error")
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError("(run with --help for the options and examples)")
  .exitOverride();

for (const command of [
  demoCommand(),
  encodeCommand(),
  decodeCommand(),
  dataCommand(),
  trainCommand(),
  networksCommand(),
  layersCommand(),
  convertCommand(),
  tableCommand(),
  figureCommand(),
  frontierCommand(),
  reproduceCommand(),
  workerCommand(),
  reportCommand(),
  xlCommand(),
  doctorCommand(),
]) {
  command.copyInheritedSettings(program);
  for (const child of command.commands) child.copyInheritedSettings(program);
  program.addCommand(command);
}

// A reader that closes the pipe early (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    reportError(error, program.opts().verbose === true);
    process.exitCode = exitCodeOf(error);
  }
}
