// `csi-feedback convert`: what the options are. The work is in ../networks/convert.
import { Command } from "commander";

export function convertCommand(): Command {
  return new Command("convert")
    .description("Turn published weights of CRNet, CLNet or CsiNet into a checkpoint of ours.")
    .argument("<in>", "state dictionary as safetensors or PyTorch .pth; CsiNet's Keras .h5")
    .argument("<out>", "safetensors checkpoint to write")
    .option(
      "--first-axis <axis>",
      "which axis the weights were trained to see first: angle or delay",
      "angle",
    )
    .addHelpText(
      "after",
      `
PyTorch files are read without running any code in them.

Examples:
  csi-feedback convert cr4.pth crnet.safetensors
  csi-feedback convert model_CsiNet_indoor_dim128.h5 csinet.safetensors`,
    )
    .action(async (input: string, output: string, options) => {
      const { convertFile } = await import("../networks/convert");
      await convertFile(input, output, options);
    });
}
