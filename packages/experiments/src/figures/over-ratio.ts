// A panel a channel: a metric over the compression ratio, a line a method.
import { barFigure, lineFigure } from "@csi-feedback/eval/figures";
import type { NamedFigure, ResultRow } from "../experiment";
import { CONTROL } from "../measure/controls";
import { paperTitle } from "../paper/channels";
import { paperRatios } from "../training/ratio";
import { intervalOf } from "./intervals";

const controls: readonly string[] = Object.values(CONTROL);

/** Rows of one metric on generated test data, a figure for each channel: lines, or bars where there is one ratio. */
export function overRatio(name: string, rows: readonly ResultRow[], metric: string): NamedFigure[] {
  const own = rows.filter((row) => row.metric === metric && row.condition === "");
  return [...new Set(own.map(({ channel }) => channel))].map((channel) => {
    const ofChannel = own.filter((row) => row.channel === channel);
    const ratios = paperRatios.filter((ratio) => ofChannel.some((row) => row.ratio === ratio));
    const methods = [...new Set(ofChannel.map(({ method }) => method))];
    const { profile, samples } = ofChannel[0];
    const common = {
      title: `${channel} (the paper's ${paperTitle(channel)})`,
      subtitle: `${profile} profile, ${samples} test samples, bands: 95 % bootstrap intervals`,
    };
    const valuesOf = (method: string) =>
      ratios.flatMap((ratio) => ofChannel.filter((row) => row.method === method && row.ratio === ratio));
    if (ratios.length === 1) {
      return {
        name: `${name}-${channel}`,
        specification: barFigure({
          ...common,
          categories: [`ratio ${ratios[0]}`],
          series: methods.map((method) => {
            const [row] = valuesOf(method);
            return { name: method, values: [row.value], ...intervalOf([row]) };
          }),
          y: { title: metric },
          digits: 1,
        }),
      };
    }
    return {
      name: `${name}-${channel}`,
      specification: lineFigure({
        ...common,
        x: { title: "Compression ratio" },
        y: { title: metric },
        series: methods.map((method) => {
          const found = valuesOf(method);
          return {
            name: method,
            x: found.map(({ ratio }) => ratio),
            y: found.map(({ value }) => value),
            dashed: controls.includes(method),
            ...intervalOf(found),
          };
        }),
      }),
    };
  });
}
