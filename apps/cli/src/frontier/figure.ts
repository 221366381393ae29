// The frontier as a picture: NMSE against bits, a panel a channel.
import { type Figure, lineFigure, renderFigure } from "@csi-feedback/eval/figures";
import type { FrontierRow } from "./measure";

/** Ticks of the bits axis: powers of two. */
const powers = Array.from({ length: 12 }, (_, i) => 2 ** (i + 5));

/** One channel's curves, lower left is better. */
export async function drawFrontier(
  channel: string,
  rows: readonly FrontierRow[],
  titles: ReadonlyMap<string, string>,
): Promise<Figure> {
  const { samples, snr } = rows[0];
  const bits = rows.map((row) => row.bits);
  const low = Math.min(...bits) / 1.1;
  const high = Math.max(...bits) * 1.1;
  const noise = snr === null ? "clean estimates" : `estimates at ${snr} dB SNR`;
  return await renderFigure(
    lineFigure({
      title: `CSI feedback, ${channel}: error against bits on air`,
      subtitle: `${samples} samples, ${noise}; lower is better, bands are 95 % intervals`,
      x: {
        title: "Bits a report",
        scale: "log",
        domain: [low, high],
        ticks: powers.filter((power) => power >= low && power <= high),
      },
      y: { title: "NMSE [dB]" },
      series: [...new Set(rows.map((row) => row.method))].map((method) => {
        const own = rows.filter((row) => row.method === method);
        return {
          name: titles.get(method) ?? method,
          x: own.map((row) => row.bits),
          y: own.map((row) => row.nmseDb),
          low: own.map((row) => row.low),
          high: own.map((row) => row.high),
        };
      }),
      width: 520,
      height: 360,
    }),
  );
}
