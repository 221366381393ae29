// `csi-feedback convert`: weights that others published, of whatever file format, to a
// checkpoint of ours.
import { readFile } from "node:fs/promises";
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { startEngine } from "@csi-feedback/engines";
import { parseSafetensors, type SafeTensor } from "@csi-feedback/safetensors";
import * as tf from "@tensorflow/tfjs-core";
import { isHdf5, readKerasCsiNet } from "./keras";
import { type FirstAxis, networkOfWeights } from "./published";
import { isPytorch, readPytorch } from "./pytorch/checkpoint";

export async function convertFile(
  input: string,
  output: string,
  options: { readonly firstAxis: string },
): Promise<void> {
  const { firstAxis } = options;
  if (firstAxis !== "angle" && firstAxis !== "delay") {
    invalid("INVALID_OPTION", "--first-axis", "must be angle or delay", firstAxis);
  }
  const tensors = await readWeights(input);
  // Without the hint that a faster backend exists.
  tf.enableProdMode();
  await startEngine("cpu");
  const network = networkOfWeights(tensors, firstAxis satisfies FirstAxis);
  await writeFileAtomic(output, await network.save({ "convert.source": input.replace(/^.*[/\\]/, "") }));
  const { codeword } = network.configuration;
  process.stderr.write(`${network.name}, codeword of ${codeword}, ${firstAxis} axis first: ${output}\n`);
}

async function readWeights(path: string): Promise<ReadonlyMap<string, SafeTensor>> {
  const bytes = new Uint8Array(await readFile(path));
  if (isHdf5(bytes)) return readKerasCsiNet(path);
  if (isPytorch(bytes)) return readPytorch(bytes);
  // A safetensors file starts with the length of its header, whose first character is a brace.
  if (bytes[8] === 0x7b) return parseSafetensors(bytes).tensors;
  throw new CsiFeedbackError(
    "UNRECOGNISED_WEIGHTS",
    `convert: ${path} must be safetensors, a PyTorch file or a Keras HDF5 file, received none of these`,
  );
}
