// `csi-feedback encode`: the user's side on files, without an engine and without tfjs.
import { join } from "node:path";
import { encodeReports } from "@csi-feedback/codec";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { openUserEncoder } from "@csi-feedback/ue-encoder/node";
import { readFirst } from "./channels";
import { bundledModel, modelFiles, readFrames } from "./model-files";
import { elementsAt, parseRatio } from "./ratio";

/** What the command is told. */
interface EncodeOptions {
  readonly out: string;
  readonly ratio: string;
  readonly model?: string;
  readonly samples: number;
}

export async function encodeFile(path: string, options: EncodeOptions): Promise<void> {
  const ratio = parseRatio(options.ratio);
  const { data, scales } = await readFirst(path, options.samples);
  const folder = options.model ?? bundledModel("llmcsinet");
  const { encoder } = await openUserEncoder(join(folder, modelFiles.weights));
  const { frames } = await readFrames(folder, encoder.shape);
  const codewords = encoder.encode(data, { batch: scales.length, elements: elementsAt(ratio) });
  const reports = codewords.map((codeword, sample) => ({ ...codeword, scale: scales[sample] }));
  const bytes = encodeReports(reports, frames(ratio));
  await writeFileAtomic(options.out, bytes);
  process.stderr.write(`${reports.length} samples in ${bytes.length} bytes: ${options.out}\n`);
}
