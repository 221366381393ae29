/** Figures for a paper or a report: specifications, and SVG and PNG from them. Node only. */
export type { AxisOptions } from "./axis";
export { type BarFigureOptions, type BarSeries, barFigure } from "./bar-figure";
export { type ChannelFigureOptions, type ChannelRow, channelFigure } from "./channel-figure";
export {
  type ChannelStatisticsFigureOptions,
  channelStatisticsFigure,
} from "./channel-statistics-figure";
export { type CdfFigureOptions, cdfFigure } from "./distribution-figure";
export { type HeatmapFigureOptions, heatmapFigure } from "./heatmap-figure";
export { type LearningCurveOptions, type LearningRow, learningCurveFigure } from "./learning-curve-figure";
export type { LegendPlace } from "./legend";
export { type LineFigureOptions, lineFigure } from "./line-figure";
export { type Figure, type FigureSpecification, type RenderOptions, renderFigure } from "./render";
export type { Series } from "./series";
