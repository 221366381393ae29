// The house style of the figures: one typeface, thin axes, light grid, colours that
// colour-blind readers and grey prints keep apart (Okabe and Ito's set, reordered).
import type { Config } from "vega-lite";
import { FONT_FAMILY } from "./font";

/** Font stack of the SVG; the PNG always has the first. */
const FONT_STACK = `${FONT_FAMILY}, Source Sans Pro, Helvetica, Arial, sans-serif`;

/** Colours of series, in order. */
export const SERIES_COLORS = [
  "#0072B2",
  "#D55E00",
  "#009E73",
  "#CC79A7",
  "#E69F00",
  "#56B4E9",
  "#333333",
  "#8B6914",
  "#999999",
  "#882255",
];

/** Marker shapes of series, in order. */
export const SERIES_SHAPES = [
  "circle",
  "square",
  "triangle-up",
  "diamond",
  "triangle-down",
  "cross",
  "triangle-right",
  "triangle-left",
  // A star and a bar, as paths around the origin.
  "M0,.5L.6,.8L.5,.1L1,-.3L.3,-.4L0,-1L-.3,-.4L-1,-.3L-.5,.1L-.6,.8L0,.5Z",
  "M-.3,-.9L.3,-.9L.3,.9L-.3,.9Z",
];

export const INK = "#222222";
export const RULE = "#555555";

/** Text sizes [px]. */
export const SIZES = { label: 12, title: 13, heading: 15, note: 11 };

/** The style as Vega and Vega-Lite understand it. */
export const houseStyle: Config = {
  background: "#ffffff",
  padding: 12,
  font: FONT_STACK,
  axis: {
    labelFontSize: SIZES.label,
    titleFontSize: SIZES.title,
    titleFontWeight: "normal",
    titlePadding: 8,
    labelColor: INK,
    titleColor: INK,
    domainColor: RULE,
    tickColor: RULE,
    tickSize: 4,
    gridColor: "#E4E4E4",
    gridWidth: 0.75,
    labelPadding: 4,
    labelFlush: false,
  },
  legend: {
    labelFontSize: SIZES.label,
    titleFontSize: SIZES.label,
    titleFontWeight: "normal",
    labelColor: INK,
    titleColor: INK,
    labelLimit: 320,
    symbolSize: 85,
    symbolStrokeWidth: 1.75,
    rowPadding: 4,
    padding: 6,
  },
  title: {
    fontSize: SIZES.heading,
    fontWeight: 600,
    color: INK,
    subtitleFontSize: SIZES.label,
    subtitleColor: "#555555",
    subtitlePadding: 4,
    anchor: "start",
    frame: "bounds",
    offset: 12,
  },
  view: { stroke: null },
};
