// Float32 tensors in one file, back to back, for the peer to read: no format, only the
// list of names, shapes and offsets that travels beside it.
import { writeFile } from "node:fs/promises";

/** A tensor by name. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Writes the tensors; returns their names, shapes and offsets [floats]. */
export async function writeTensors(file: string, tensors: readonly NamedTensor[]) {
  let offset = 0;
  const entries = tensors.map(({ name, shape, data }) => {
    offset += data.length;
    return { name, shape, offset: offset - data.length };
  });
  const all = new Float32Array(offset);
  for (const [index, { data }] of tensors.entries()) all.set(data, entries[index]!.offset);
  await writeFile(file, new Uint8Array(all.buffer));
  return entries;
}
