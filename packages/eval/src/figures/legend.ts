// Where a legend stands and how it looks there.

/** Where the legend stands: beside the chart, in a corner of it, or nowhere. */
export type LegendPlace = "right" | "top-left" | "top-right" | "bottom-left" | "bottom-right" | "none";

/** The legend of so many series for Vega-Lite, `"right"` unless told; a single series has none. */
export function legendOf(
  series: number,
  place: LegendPlace = "right",
  look: Readonly<Record<string, unknown>> = {},
) {
  if (series < 2 || place === "none") return null;
  const inside = { offset: 8, fillColor: "#ffffff", strokeColor: "#cccccc" };
  return { title: null, orient: place, ...look, ...(place === "right" ? { offset: 14 } : inside) };
}
