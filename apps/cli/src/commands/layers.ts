// `csi-feedback layers`: what the options are. The work is in ../networks/layers.
import { Command } from "commander";
import { positiveInteger } from "../options";

export function layersCommand(): Command {
  const layers = new Command("layers").description("Run transformer layers cut out of a language model.");
  layers
    .command("forward")
    .description("Run layers of a GPT-2, LLaMA or Gemma 3 file on token vectors in a safetensors file.")
    .requiredOption(
      "--weights <source>",
      "safetensors file, folder, URL or hub repository; or a llama2.c .bin file",
    )
    .requiredOption("--layers <list>", "which: 0-5, 3 or 0,2,4-5")
    .requiredOption("--attention <form>", "causal or bidirectional")
    .requiredOption("--input <file>", "safetensors: [batch, tokens, width] or [tokens, width]")
    .requiredOption("--output <file>", "safetensors to write, with one tensor named output")
    .option("--heads <count>", "attention heads of GPT-2; default: width / 64", positiveInteger("--heads"))
    .option("--tensor <name>", "name of the input tensor", "input")
    .option("--engine <name>", "see `csi-feedback doctor`", "auto")
    .addHelpText(
      "after",
      `
Only the tensors of these layers are read. Positions and the final normalisation are left out.

Examples:
  csi-feedback layers forward --weights gpt2.safetensors --heads 12 --layers 0-2 --attention causal --input in.safetensors --output out.safetensors
  csi-feedback layers forward --weights stories260K.bin --layers 0-4 --attention causal --input in.safetensors --output out.safetensors`,
    )
    .action(async (options) => {
      const { forwardLayers } = await import("../networks/layers");
      await forwardLayers(options);
    });
  return layers;
}
