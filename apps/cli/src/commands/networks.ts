// `csi-feedback networks`: what the options are. The work is in ../networks.
import { Command } from "commander";

export function networksCommand(): Command {
  const networks = new Command("networks")
    .description("List the networks, or run one on a tensor.")
    .option("--json", "print one JSON object on stdout")
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback networks
  csi-feedback networks forward crnet --ratio 1/64 --weights crnet.safetensors --input in.safetensors --output out.safetensors`,
    )
    .action(async (options) => {
      const { listNetworks } = await import("../networks/list");
      await listNetworks(options);
    });
  networks
    .command("forward")
    .description("Run a network, encoder and decoder, on channels in a safetensors file.")
    .argument("<name>", "a network of `csi-feedback networks`")
    .requiredOption("--ratio <ratio>", "compression ratio, such as 1/8")
    .requiredOption("--weights <file>", "a checkpoint, or a state dictionary with the network's names")
    .requiredOption("--input <file>", "safetensors: [batch, 2, delays, antennas] in [0, 1]")
    .requiredOption("--output <file>", "safetensors to write, with one tensor named output")
    .option("--tensor <name>", "name of the input tensor", "input")
    .option("--engine <name>", "see `csi-feedback doctor`", "auto")
    .addHelpText(
      "after",
      `
The official state dictionaries of CRNet and CLNet load as they are. They were trained on
[2, antennas, delays]: give them such input here, or \`csi-feedback convert\` them first.

Example:
  csi-feedback networks forward clnet --ratio 1/32 --weights clnet.safetensors --input in.safetensors --output out.safetensors`,
    )
    .action(async (name: string, options) => {
      const { forwardNetwork } = await import("../networks/forward");
      await forwardNetwork(name, options);
    });
  return networks;
}
