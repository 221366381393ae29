// A channel as pictures, one row a channel: magnitude, which elements were sent,
// reconstructions, error; all magnitudes on one dB scale with a colour bar.
import { assertFinite, assertShape, invalid } from "@csi-feedback/common";
import type { Axis, GroupMark, Mark, Spec } from "vega";
import { nmseDb } from "../nmse";
import { type ColorMap, colorMap, rasterAddress } from "./raster";
import { INK, RULE, SIZES } from "./style";

/** One row of {@link channelFigure}. */
export interface ChannelRow {
  /** Heading of the row, such as `"COST2100 outdoor, sample 12"`. */
  readonly name: string;
  /** The true channel, `[2, delays, antennas]`. */
  readonly reference: Float32Array;
  /** Positions of the visible (sent) elements in `[2, delays, antennas]`; no mask panel without. */
  readonly visible?: Int32Array;
  /** Reconstructions in the order of the panels, each `[2, delays, antennas]`; the last one's error is shown. */
  readonly reconstructions: readonly { readonly title: string; readonly values: Float32Array }[];
}

/** Options of {@link channelFigure}. */
export interface ChannelFigureOptions {
  readonly title?: string;
  readonly subtitle?: string;
  readonly channels: readonly ChannelRow[];
  /** `[2, delays, antennas]`. */
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  /** The stored number that stands for zero: 0 unless told, 0.5 for the values that networks see. */
  readonly center?: number;
  /** Span of the colour scale below the peak of |H| [dB], 40 unless told. */
  readonly rangeDb?: number;
}

const HIDDEN = [236, 236, 236] as const;
const PARTS = [HIDDEN, [120, 168, 208], [16, 78, 139]] as const;
const PART_NAMES = ["not sent", "real or imaginary part sent", "both parts sent"];
const PANEL = 168;
const GAP = 16;

interface Panel {
  readonly title: string;
  readonly note?: string;
  readonly pixels: Uint8Array;
}

/**
 * Specification of heat maps for {@link renderFigure}: for each channel |H|, the
 * visible elements, each reconstruction with its NMSE, and the magnitude of the
 * last one's error. Magnitudes are in dB below the peak of that channel's |H|, on
 * one colour scale. Delay taps run down, angle indices to the right.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`; `INVALID_ARGUMENT` without channels or
 * reconstructions, when rows differ in their panels, or for a position outside the channel;
 * `ZERO_ENERGY` for a channel that is all zero.
 *
 * @example
 * ```ts
 * import { channelFigure, renderFigure } from "@csi-feedback/eval/figures";
 *
 * const shape = [2, 32, 32] as const;
 * const reference = Float32Array.from({ length: 2048 }, (_, i) => Math.exp(-(i % 1024) / 150) * Math.cos(i));
 * const values = reference.map((x) => (Math.abs(x) > 0.3 ? x : 0));
 * const visible = Int32Array.from(reference.keys()).filter((i) => values[i] !== 0);
 * const { svg } = await renderFigure(
 *   channelFigure({ shape, channels: [{ name: "Sample 1", reference, visible, reconstructions: [{ title: "Largest", values }] }] }),
 * );
 * console.log(svg.includes("Delay tap"), svg.includes("NMSE")); // true true
 * ```
 */
export function channelFigure(options: ChannelFigureOptions): Spec {
  const { channels, shape, rangeDb = 40 } = options;
  const [, delays, antennas] = shape;
  if (channels.length === 0)
    invalid("INVALID_ARGUMENT", "channelFigure", "needs at least one channel", channels);
  if (!(rangeDb > 0 && Number.isFinite(rangeDb))) {
    invalid("INVALID_ARGUMENT", "channelFigure", "rangeDb must be positive", rangeDb);
  }
  const colors = colorMap("viridis");
  const rows = channels.map((channel) => channelPanels(channel, options, colors));
  const columns = rows[0].length;
  if (rows.some((panels) => panels.length !== columns)) {
    const counts = rows.map((panels) => panels.length);
    invalid("INVALID_ARGUMENT", "channelFigure", "every channel must have the same number of panels", counts);
  }
  const cell = Math.max(1, Math.floor(PANEL / Math.max(delays, antennas)));
  const [width, height] = [antennas * cell, delays * cell];
  const head = 58; // heading of the row, panel title, panel note
  const rowHeight = head + height + 18;
  const marks: Mark[] = rows.flatMap((panels, row) => {
    const y = row * rowHeight + head;
    const last = row === rows.length - 1;
    return [
      text(channels[row].name, 0, y - 44, { fontWeight: 600, fontSize: SIZES.title }),
      ...panels.map((panel, column) =>
        panelGroup(panel, {
          x: column * (width + GAP),
          y,
          width,
          height,
          delays,
          antennas,
          cell,
          last,
          first: column === 0,
        }),
      ),
      colorBar({ x: columns * (width + GAP) + 4, y, height, rangeDb, colors }),
    ];
  });
  const bottom = rows.length * rowHeight;
  if (channels[0].visible) marks.push(...maskLegend(width + GAP, bottom + 38));
  return {
    $schema: "https://vega.github.io/schema/vega/v6.json",
    width: columns * (width + GAP) + 16,
    height: bottom - 18,
    padding: 12,
    autosize: "pad",
    ...(options.title === undefined
      ? {}
      : {
          title: {
            text: options.title,
            ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
          },
        }),
    marks,
  };
}

/** The pictures of one channel. */
function channelPanels(channel: ChannelRow, options: ChannelFigureOptions, colors: ColorMap): Panel[] {
  const { shape, center = 0, rangeDb = 40 } = options;
  const size = shape[1] * shape[2];
  const { reference, reconstructions, visible } = channel;
  if (reconstructions.length === 0) {
    invalid(
      "INVALID_ARGUMENT",
      "channelFigure",
      `"${channel.name}" needs at least one reconstruction`,
      reconstructions,
    );
  }
  for (const values of [reference, ...reconstructions.map((one) => one.values)]) {
    assertShape("channelFigure", values, shape);
    assertFinite("channelFigure", values);
  }
  const magnitude = (at: (i: number) => number) =>
    Float64Array.from({ length: size }, (_, i) => Math.hypot(at(i), at(size + i)));
  const truth = magnitude((i) => reference[i] - center);
  const peak = truth.reduce((a, b) => Math.max(a, b), 0);
  if (peak === 0)
    invalid("ZERO_ENERGY", "channelFigure", `channel "${channel.name}" must not be all zero; peak`, peak);
  const paint = (values: Float64Array) =>
    paintCells(values, (value) => colors(1 + (20 * Math.log10(value / peak)) / rangeDb));
  const batch = [1, ...shape];
  const { values: final } = reconstructions[reconstructions.length - 1];
  return [
    { title: "True channel |H|", note: `peak = 0 dB`, pixels: paint(truth) },
    ...(visible ? [maskPanel(visible, size)] : []),
    ...reconstructions.map(({ title, values }) => ({
      title,
      note: `NMSE ${formatDb(nmseDb(reference, values, batch, { center }))}`,
      pixels: paint(magnitude((i) => values[i] - center)),
    })),
    { title: "Error |H − Ĥ|", note: "same scale", pixels: paint(magnitude((i) => reference[i] - final[i])) },
  ];
}

function maskPanel(visible: Int32Array, size: number): Panel {
  const parts = new Float64Array(size);
  for (const position of visible) {
    if (!(position >= 0 && position < 2 * size)) {
      invalid(
        "INVALID_ARGUMENT",
        "channelFigure",
        `a visible position must be from 0 to ${2 * size - 1}`,
        position,
      );
    }
    parts[position % size]++;
  }
  return {
    title: "Visible elements",
    note: `${visible.length} of ${2 * size}`,
    pixels: paintCells(parts, (count) => PARTS[Math.min(2, count)]),
  };
}

function paintCells(values: Float64Array, color: ColorMap): Uint8Array {
  const pixels = new Uint8Array(3 * values.length);
  values.forEach((value, i) => {
    pixels.set(color(value), 3 * i);
  });
  return pixels;
}

function formatDb(value: number): string {
  return value === Number.NEGATIVE_INFINITY ? "−∞ dB" : `${value.toFixed(2).replace("-", "−")} dB`;
}

function text(
  content: string,
  x: number,
  y: number,
  style: { fontWeight?: number; fontSize: number; fill?: string },
): Mark {
  const encode = Object.entries({ text: content, x, y, fill: INK, baseline: "middle", ...style });
  return {
    type: "text",
    encode: { enter: Object.fromEntries(encode.map(([channel, value]) => [channel, { value }])) },
  };
}

/** Ticks at 0, a quarter, half and so on of an axis of `count` cells. */
function cellTicks(count: number): number[] {
  const step = Math.max(1, 2 ** Math.round(Math.log2(count / 4)));
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
}

function panelGroup(
  panel: Panel,
  place: {
    x: number;
    y: number;
    width: number;
    height: number;
    delays: number;
    antennas: number;
    cell: number;
    first: boolean;
    last: boolean;
  },
): GroupMark {
  const { width, height, delays, antennas } = place;
  const axes: Axis[] = [
    {
      orient: "bottom",
      scale: "angle",
      values: cellTicks(antennas),
      labels: place.last,
      ...(place.last ? { title: "Angle index" } : {}),
    },
    {
      orient: "left",
      scale: "delay",
      values: cellTicks(delays),
      labels: place.first,
      ...(place.first ? { title: "Delay tap" } : {}),
    },
  ];
  return {
    type: "group",
    encode: frame(place.x, place.y, width, height),
    scales: [
      { name: "angle", type: "linear", domain: [-0.5, antennas - 0.5], range: [0, width], zero: false },
      { name: "delay", type: "linear", domain: [-0.5, delays - 0.5], range: [0, height], zero: false },
    ],
    axes: axes.map((axis) => ({ ...axis, domain: false, grid: false })),
    marks: [
      image(rasterAddress(panel.pixels, antennas, delays, 2 * place.cell), width, height),
      text(panel.title, 0, -24, { fontSize: SIZES.label }),
      text(panel.note ?? "", 0, -9, { fontSize: SIZES.label, fill: RULE }),
    ],
  };
}

function image(address: string, width: number, height: number): Mark {
  return {
    type: "image",
    encode: {
      enter: {
        url: { value: address },
        x: { value: 0 },
        y: { value: 0 },
        width: { value: width },
        height: { value: height },
        aspect: { value: false },
        smooth: { value: false },
      },
    },
  };
}

/** Where a panel stands, and its outline. */
function frame(x: number, y: number, width: number, height: number) {
  const size = { x: { value: x }, y: { value: y }, width: { value: width }, height: { value: height } };
  return { enter: { ...size, stroke: { value: RULE } } };
}

function colorBar(place: {
  x: number;
  y: number;
  height: number;
  rangeDb: number;
  colors: ColorMap;
}): GroupMark {
  const { height, rangeDb, colors } = place;
  const pixels = paintCells(
    Float64Array.from({ length: 256 }, (_, i) => 1 - i / 255),
    colors,
  );
  return {
    type: "group",
    encode: frame(place.x, place.y, 12, height),
    scales: [{ name: "level", type: "linear", domain: [-rangeDb, 0], range: [height, 0], zero: false }],
    axes: [
      { orient: "right", scale: "level", title: "Magnitude [dB]", tickCount: 5, domain: false, grid: false },
    ],
    marks: [image(rasterAddress(pixels, 1, 256, 1), 12, height)],
  };
}

function maskLegend(x: number, y: number): Mark[] {
  return PARTS.flatMap(([red, green, blue], i): Mark[] => [
    {
      type: "rect",
      encode: {
        enter: {
          x: { value: x },
          y: { value: y + 17 * i - 5 },
          width: { value: 11 },
          height: { value: 11 },
          fill: { value: `rgb(${red}, ${green}, ${blue})` },
          stroke: { value: "#999999" },
          strokeWidth: { value: 0.5 },
        },
      },
    },
    text(PART_NAMES[i], x + 17, y + 17 * i + 1, { fontSize: SIZES.note }),
  ]);
}
