// `csi-feedback data plot`: the channels of a file as a page of pictures.
import { basename } from "node:path";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { channelStatisticsFigure, renderFigure } from "@csi-feedback/eval/figures";
import { measureFile } from "./measure";

/** Writes NAME.svg and NAME.png; pictures that are there are replaced. */
export async function plotFile(path: string, options: { out: string }): Promise<void> {
  const { statistics, bandwidth, count, shape, origin } = await measureFile(path);
  const figure = await renderFigure(
    channelStatisticsFigure({
      title: basename(path),
      subtitle: `${origin === "" ? "" : `${origin}, `}${count} samples of [${shape.join(", ")}], each of unit energy`,
      statistics,
      ...(bandwidth === undefined ? {} : { tapNanoseconds: 1e9 / bandwidth }),
    }),
  );
  const name = options.out.replace(/\.(svg|png)$/, "");
  await writeFileAtomic(`${name}.svg`, figure.svg);
  await writeFileAtomic(`${name}.png`, figure.png);
  process.stderr.write(`${name}.svg, ${name}.png\n`);
}
