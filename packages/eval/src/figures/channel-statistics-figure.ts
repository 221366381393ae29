// What a set of channels looks like, on one page: where the energy lies over delay and
// angle, how far it spreads, how few elements hold it.
import { invalid } from "@csi-feedback/common";
import type { TopLevelSpec } from "vega-lite";
import type { ChannelStatistics } from "../channel-statistics";
import { toDecibels } from "../nmse";
import type { AxisOptions } from "./axis";
import { cdfFigure } from "./distribution-figure";
import { type LineFigureOptions, lineFigure, titleOf } from "./line-figure";
import { colorMap, rasterAddress } from "./raster";

/** Options of {@link channelStatisticsFigure}. */
export interface ChannelStatisticsFigureOptions {
  readonly title?: string;
  readonly subtitle?: string;
  readonly statistics: ChannelStatistics;
  /** Length of a delay tap [ns], 1e9 / bandwidth [Hz]; delays are in taps without. */
  readonly tapNanoseconds?: number;
  /** Span of the picture's colours and of the profiles below their peak [dB], 40 unless told. */
  readonly rangeDb?: number;
}

const PANEL = { width: 236, height: 196 };

/**
 * Specification of six panels for {@link renderFigure}: mean angle-delay power, power-delay
 * profile and power per beam [dB below the peak], distributions of delay and angle spread, and
 * the share of energy in the M largest elements.
 *
 * @throws CsiFeedbackError `EMPTY` without samples; `INVALID_ARGUMENT`.
 *
 * @example
 * ```ts
 * import { ChannelStatistics } from "@csi-feedback/eval";
 * import { channelStatisticsFigure, renderFigure } from "@csi-feedback/eval/figures";
 *
 * const statistics = new ChannelStatistics({ shape: [2, 16, 16] });
 * statistics.add(Float32Array.from({ length: 3 * 512 }, (_, i) => Math.exp(-(i % 256) / 40) * Math.cos(i)));
 * const { svg } = await renderFigure(channelStatisticsFigure({ title: "Example", statistics }));
 * console.log(svg.includes("Power-delay profile"), svg.includes("Delay spread")); // true true
 * ```
 */
export function channelStatisticsFigure(options: ChannelStatisticsFigureOptions): TopLevelSpec {
  const { statistics, tapNanoseconds, rangeDb = 40 } = options;
  if (!(rangeDb > 0 && Number.isFinite(rangeDb))) {
    invalid("INVALID_ARGUMENT", "channelStatisticsFigure", "rangeDb must be positive", rangeDb);
  }
  if (tapNanoseconds !== undefined && !(tapNanoseconds > 0 && Number.isFinite(tapNanoseconds))) {
    const rule = "tapNanoseconds must be positive and finite";
    invalid("INVALID_ARGUMENT", "channelStatisticsFigure", rule, tapNanoseconds);
  }
  const { delayPower, anglePower, angleDelayPower, sortedEnergy } = statistics;
  const delaySpreads = statistics.delaySpreads.map((taps) => taps * (tapNanoseconds ?? 1));
  const power: AxisOptions = { title: "Power [dB]", domain: [-rangeDb, 0] };
  const spread = (title: string, x: string, values: Float64Array) =>
    panel(
      cdfFigure({ ...PANEL, title, x: { title: x, ...atLeastZero(values) }, series: [{ name: x, values }] }),
    );
  const elements = Array.from(sortedEnergy, (_, i) => i + 1);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    ...titleOf(options),
    columns: 3,
    spacing: { row: 26, column: 30 },
    resolve: { scale: { color: "independent" } },
    concat: [
      picture(angleDelayPower, delayPower.length, anglePower.length, rangeDb),
      curve({
        title: "Power-delay profile",
        x: places("Delay tap", delayPower.length),
        y: power,
        series: [profile(delayPower, rangeDb)],
      }),
      curve({
        title: "Power per beam",
        x: places("Angle index", anglePower.length),
        y: power,
        series: [profile(anglePower, rangeDb)],
      }),
      spread(
        "Delay spread",
        tapNanoseconds === undefined ? "RMS delay spread [taps]" : "RMS delay spread [ns]",
        delaySpreads,
      ),
      spread("Angle spread", "Circular angle spread [beams]", statistics.angleSpreads),
      curve({
        title: "Energy in the largest elements",
        x: { title: `Elements kept, of ${elements.length}`, scale: "log", domain: [1, elements.length] },
        y: { title: "Share of energy", domain: [0, 1] },
        series: [{ name: "mean", x: elements, y: Array.from(sortedEnergy, (share) => Math.min(1, share)) }],
      }),
    ],
  } as TopLevelSpec;
}

/** A share of power at each place, in decibels below the largest, cut at the range. */
function profile(power: Float64Array, rangeDb: number) {
  const peak = power.reduce((a, b) => Math.max(a, b), 0);
  return {
    name: "mean",
    x: Array.from(power, (_, i) => i),
    y: Array.from(power, (value) => Math.max(-rangeDb, toDecibels(value / peak))),
  };
}

/** An axis over delay taps or beams. */
function places(title: string, length: number): AxisOptions {
  return { title, domain: [0, Math.max(1, length - 1)] };
}

/** An axis from zero to the largest value; of some length when all values are zero. */
function atLeastZero(values: Float64Array): Pick<AxisOptions, "domain"> {
  const highest = values.reduce((a, b) => Math.max(a, b), 0);
  return { domain: [0, highest > 0 ? highest : 1] };
}

function curve(options: Omit<LineFigureOptions, "markers">) {
  return panel(lineFigure({ ...PANEL, ...options, markers: false }));
}

/** A chart as a part of a page. */
function panel(specification: TopLevelSpec) {
  const { $schema: _, ...rest } = specification;
  return rest;
}

function picture(power: Float64Array, delays: number, antennas: number, rangeDb: number) {
  const colors = colorMap("viridis");
  const peak = power.reduce((a, b) => Math.max(a, b), 0);
  const pixels = new Uint8Array(3 * power.length);
  for (const [i, value] of power.entries()) pixels.set(colors(1 + toDecibels(value / peak) / rangeDb), 3 * i);
  const zoom = Math.max(1, Math.ceil((2 * PANEL.width) / Math.max(delays, antennas)));
  const axis = (title: string, length: number, reverse: boolean) => ({
    type: "quantitative",
    scale: { domain: [-0.5, length - 0.5], nice: false, zero: false, reverse },
    axis: { title, grid: false, domain: false, tickMinStep: 1, tickCount: 5 },
  });
  return {
    ...titleOf({ title: "Mean angle-delay power" }),
    ...PANEL,
    data: { values: [{ angle: (antennas - 1) / 2, delay: (delays - 1) / 2, level: 0 }] },
    encoding: {
      x: { field: "angle", ...axis("Angle index", antennas, false) },
      y: { field: "delay", ...axis("Delay tap", delays, true) },
    },
    layer: [
      {
        mark: { type: "image", url: rasterAddress(pixels, antennas, delays, zoom), ...PANEL, aspect: false },
      },
      {
        // Draws nothing; it is there for the colour bar.
        mark: { type: "point", filled: true, size: 0, opacity: 1 },
        encoding: {
          color: {
            field: "level",
            type: "quantitative",
            scale: { scheme: "viridis", domain: [-rangeDb, 0] },
            legend: { title: "Power [dB]", gradientLength: PANEL.height - 24, tickCount: 5 },
          },
        },
      },
    ],
  };
}
