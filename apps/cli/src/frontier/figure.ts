// The frontier as a picture: NMSE against bits, a panel a channel.
import { type Figure, lineFigure, renderFigure } from "@csi-feedback/eval/figures";
import type { BoundRow } from "./bounds";
import type { FrontierRow } from "./measure";

/** Ticks of the bits axis: powers of two. */
const powers = Array.from({ length: 12 }, (_, i) => 2 ** (i + 5));

/** Methods that other curves of the same kind would crowd: they are in the tables. */
const tablesOnly = new Set(["llmcsinet-ratios", "sparse-paths-fast"]);

/** One channel's curves, lower left is better; the title says which method that is. */
export async function drawFrontier(
  rows: readonly FrontierRow[],
  bounds: readonly BoundRow[],
  titles: ReadonlyMap<string, string>,
): Promise<Figure> {
  const { samples, snr, channel } = rows[0];
  const few = rows.filter((row) => !tablesOnly.has(row.method));
  const drawn = few.length > 0 ? few : rows;
  const bits = drawn.map((row) => row.bits);
  const low = Math.min(...bits) / 1.1;
  const high = Math.max(...bits) * 1.1;
  const noise = snr === null ? "perfect estimates" : `estimates at ${snr} dB SNR`;
  const titleOf = (name: string) => titles.get(name) ?? name;
  const bestLast = [...new Set(drawn.map((row) => row.method))];
  return await renderFigure(
    lineFigure({
      title: `${channel}: ${leader(drawn, titleOf)}`,
      subtitle: `CSI error against bits on air, ${samples} samples, ${noise}; lower is better, bands are 95 % intervals`,
      x: {
        title: "Bits a report",
        scale: "log",
        domain: [low, high],
        ticks: powers.filter((power) => power >= low && power <= high),
      },
      y: { title: "NMSE [dB]" },
      series: [
        ...bestLast.reverse().map((method) => {
          const own = drawn.filter((row) => row.method === method);
          return {
            name: titleOf(method),
            x: own.map((row) => row.bits),
            y: own.map((row) => row.nmseDb),
            low: own.map((row) => row.low),
            high: own.map((row) => row.high),
          };
        }),
        ...[...new Set(bounds.map(({ bound }) => bound))].map((bound) => {
          const own = bounds.filter((row) => row.bound === bound && row.budget >= low && row.budget <= high);
          return {
            name: titleOf(bound),
            x: own.map((row) => row.budget),
            y: own.map((row) => row.nmseDb),
            dashed: true,
          };
        }),
      ].filter(({ x }) => x.length > 0),
      width: 560,
      height: 380,
    }),
  );
}

/** Who leads: the method of least error at the most budgets. */
function leader(rows: readonly FrontierRow[], titleOf: (name: string) => string): string {
  const budgets = [...new Set(rows.map(({ budget }) => budget))].filter((budget) => budget !== null);
  const wins = new Map<string, number>();
  for (const budget of budgets) {
    const [best] = rows.filter((row) => row.budget === budget).sort((a, b) => a.nmseDb - b.nmseDb);
    wins.set(best.method, (wins.get(best.method) ?? 0) + 1);
  }
  const [[method, won] = ["", 0]] = [...wins].sort((a, b) => b[1] - a[1]);
  if (won === 0) return "error against bits";
  const where = won === budgets.length ? "every budget" : `${won} of ${budgets.length} budgets`;
  return `least error at ${where}: ${titleOf(method)}`;
}
