// `csi-feedback data info`: what a file of channels says about itself.
import { openChannels } from "@csi-feedback/datasets/node";
import { printTable } from "../text-table";

export async function describeFile(path: string, options: { json?: boolean }): Promise<void> {
  const file = await openChannels(path);
  const { count, header } = file;
  file.close();
  const { shape, angleOrder, metadata } = header;
  const scaling = header.scaled ? "per sample" : "unknown";
  const perSample = Object.keys(header.perSample);
  if (options.json) {
    const summary = { file: path, shape: [count, ...shape], angleOrder, scaling, perSample, metadata };
    process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    return;
  }
  printTable(
    ["property", "value"],
    [
      ["samples", String(count)],
      ["shape of one", `[${shape.join(", ")}] (planes, delays, antennas)`],
      ["angle order", angleOrder],
      ["scale", scaling],
      ["per sample", perSample.join(", ") || "nothing"],
      ...Object.entries(metadata).map(([name, value]) => [name, String(value)]),
    ],
  );
}
