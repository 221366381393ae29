// Axes as the caller describes them, and where a logarithmic one begins, ends and has
// its ticks: Vega's own choice crowds labels and wastes up to a decade.

/** An axis of a chart. */
export interface AxisOptions {
  /** With the unit in brackets, such as `"SNR [dB]"`. */
  readonly title: string;
  /** `"linear"` unless told. */
  readonly scale?: "linear" | "log";
  /** First and last value; fitted to the data unless told. */
  readonly domain?: readonly [number, number];
  /** Where ticks and grid lines stand; chosen for the data unless told. */
  readonly ticks?: readonly number[];
}

/** The values of 1, 2 and 5 times a power of ten that lie from `low` to `high`. */
function steps(low: number, high: number): number[] {
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of [1, 2, 5]) {
      const value = Number(`${digit}e${power}`);
      if (value >= low && value <= high) found.push(value);
    }
  }
  return found;
}

/** Scale and ticks of an axis over the given values, for Vega-Lite. `pad` widens a linear domain by that share of it. */
export function axisScale(axis: AxisOptions, values: readonly number[], pad = 0) {
  const { domain, ticks } = axis;
  const [low, high] = domain ?? [Math.min(...values), Math.max(...values)];
  if (axis.scale === "log") {
    const outer = domain ?? [steps(low / 10, low).at(-1) ?? low, steps(high, high * 10)[0] ?? high];
    const inside = steps(outer[0], outer[1]);
    const decades = inside.filter((value) => Number.isInteger(Math.log10(value)));
    const marked = ticks ?? (decades.length > 3 ? decades : inside);
    return {
      scale: { type: "log" as const, domain: [...outer], nice: false },
      ticks: { values: [...marked] },
    };
  }
  const margin = pad * (high - low);
  return {
    scale: {
      type: "linear" as const,
      zero: false,
      domain: domain ? [...domain] : [low < 0 ? low - margin : low, high > 0 ? high + margin : high],
      nice: domain === undefined,
    },
    ticks: ticks ? { values: [...ticks] } : {},
  };
}
