// `csi-feedback encode` and `decode`: the two ends of the link on files.
import { readFile } from "node:fs/promises";
import { decodeReports, encodeReports } from "@csi-feedback/codec";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { writeChannels } from "@csi-feedback/datasets/node";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import { readFirst } from "./channels";
import { decodeReportsOf, reportsOf } from "./link";
import { bundledModel, loadModel } from "./models";
import { elementsAt, parseRatio } from "./ratio";

/** Options that both ends share. */
interface LinkOptions {
  readonly out: string;
  readonly ratio: string;
  readonly model?: string;
  readonly engine: string;
}

export async function encodeFile(path: string, options: LinkOptions & { samples: number }): Promise<void> {
  const ratio = parseRatio(options.ratio);
  const channels = await readFirst(path, options.samples);
  await startEngine(parseEngine(options.engine));
  const model = await loadModel(options.model ?? bundledModel("llmcsinet"));
  const reports = await reportsOf(model.network, channels.data, channels.scales, elementsAt(ratio));
  const bytes = encodeReports(reports, model.frames(ratio));
  await writeFileAtomic(options.out, bytes);
  process.stderr.write(`${reports.length} samples in ${bytes.length} bytes: ${options.out}\n`);
}

export async function decodeFile(path: string, options: LinkOptions): Promise<void> {
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
