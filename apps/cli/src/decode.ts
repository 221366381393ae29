// `csi-feedback decode`: the base station on files.
import { readFile } from "node:fs/promises";
import { decodeReports } from "@csi-feedback/codec";
import { writeChannels } from "@csi-feedback/datasets/node";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import { decodeReportsOf } from "./link";
import { bundledModel, loadModel } from "./models";
import { parseRatio } from "./ratio";

/** What the command is told. */
interface DecodeOptions {
  readonly out: string;
  readonly ratio: string;
  readonly model?: string;
  readonly engine: string;
}

export async function decodeFile(path: string, options: DecodeOptions): Promise<void> {
  const ratio = parseRatio(options.ratio);
  const bytes = await readFile(path);
  await startEngine(parseEngine(options.engine));
  const { network, frames } = await loadModel(options.model ?? bundledModel("llmcsinet"));
  const { channels, scales } = await decodeReportsOf(network, decodeReports(bytes, frames(ratio)));
  await writeChannels(options.out, {
    // A network's output may leave [0, 1] by a little; the file's values may not.
    data: channels.map((value) => Math.min(1, Math.max(0, value))),
    shape: [scales.length, ...network.shape],
    scale: scales,
    angleOrder: "centered",
    perSample: {},
    metadata: { source: path, ratio, network: network.name },
  });
  process.stderr.write(`${scales.length} samples in ${options.out}\n`);
}
