// `csi-feedback data info`: what a file of channels holds.
import { readChannels } from "@csi-feedback/datasets/node";
import { printTable } from "../text-table";

export async function describeFile(path: string, options: { json?: boolean }): Promise<void> {
  const { shape, angleOrder, scale, perSample, metadata } = await readChannels(path);
  const scaling = scale === undefined ? "unknown" : scale.length === 1 ? "one for all" : "per sample";
  if (options.json) {
    const summary = { file: path, shape, angleOrder, scaling, perSample: Object.keys(perSample), metadata };
    process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    return;
  }
  printTable(
    ["property", "value"],
    [
      ["samples", String(shape[0])],
      ["shape of one", `[${shape.slice(1).join(", ")}] (planes, delays, antennas)`],
      ["angle order", angleOrder],
      ["scale", scaling],
      ["per sample", Object.keys(perSample).join(", ") || "nothing"],
      ...Object.entries(metadata).map(([name, value]) => [name, String(value)]),
    ],
  );
}
