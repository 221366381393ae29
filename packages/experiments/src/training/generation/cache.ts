// Generated channels kept on disk, in blocks that any range of samples is made of: a
// training, its few-shot variants and the tests of an experiment share them. A block is
// named by what is generated, and holds its own checksum.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { type GenerationJob, makeSamples } from "./make-samples";

/** Samples of a block on disk. */
export const cachedSamples = 500;

/** Scaled channels of consecutive samples. */
export interface ScaledSamples {
  readonly data: Float32Array;
  readonly scale: Float32Array;
}

const CHECKSUM_BYTES = 32;

/** Blocks of one job in a folder. */
export class GenerationCache {
  readonly #folder: string;
  readonly #job: GenerationJob;
  #name: string | undefined;

  constructor(folder: string, job: GenerationJob) {
    this.#folder = folder;
    this.#job = job;
  }

  /** The block that begins at sample `first`, if it is there, whole, and of `size` numbers a sample. */
  async read(first: number, size: number): Promise<ScaledSamples | undefined> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#path(first));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    const content = bytes.subarray(0, -CHECKSUM_BYTES);
    const right = checksum(content).equals(bytes.subarray(-CHECKSUM_BYTES));
    if (!right || content.length !== 4 * cachedSamples * (1 + size)) return undefined;
    const values = new Float32Array(content.length / 4);
    new Uint8Array(values.buffer).set(content);
    return { scale: values.slice(0, cachedSamples), data: values.subarray(cachedSamples) };
  }

  /** Keeps the block that begins at sample `first`. */
  async write(first: number, { data, scale }: ScaledSamples): Promise<void> {
    const values = new Float32Array(scale.length + data.length);
    values.set(scale);
    values.set(data, scale.length);
    const content = Buffer.from(values.buffer);
    await writeFileAtomic(this.#path(first), Buffer.concat([content, checksum(content)]));
  }

  #path(first: number): string {
    this.#name ??= nameOf(this.#job);
    return join(this.#folder, `${this.#name}-${first}.f32`);
  }
}

/** Model and a hash of the job and of one sample of it, which changes with the model's code. */
function nameOf(job: GenerationJob): string {
  const { data } = makeSamples(job, 0, 1);
  const hash = createHash("sha256").update(JSON.stringify(Object.entries(job).sort()));
  hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return `${job.model}-${hash.digest("hex").slice(0, 16)}`;
}

function checksum(content: Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}
