// Figures: drawn without system fonts, nothing outside the frame, the right colours
// in the right cells, and refusals. Pixels are read back through resvg, another
// program than the one that wrote them.
import { readFileSync } from "node:fs";
import { Resvg } from "@resvg/resvg-js";
import { afterAll, describe, expect, test } from "vitest";
import { FONT_FAMILY, fontFiles, readWidths, textWidth } from "../src/figures/font";
import {
  barFigure,
  cdfFigure,
  channelFigure,
  type FigureSpecification,
  heatmapFigure,
  learningCurveFigure,
  lineFigure,
  renderFigure,
} from "../src/figures/index";
import { colorMap, rasterAddress } from "../src/figures/raster";

const font = {
  loadSystemFonts: false,
  fontFiles: Object.values(fontFiles()),
  defaultFontFamily: FONT_FAMILY,
};
const values = Float32Array.from({ length: 2048 }, (_, i) => Math.exp(-(i % 1024) / 200) * Math.cos(3 * i));
const shape = [2, 32, 32] as const;
const channel = {
  name: "Sample 1",
  reference: values,
  visible: Int32Array.of(0, 5, 1024, 2047),
  reconstructions: [
    { title: "Preliminary", values: values.map((x) => 0.5 * x) },
    { title: "Final", values: values.map((x) => 0.9 * x) },
  ],
};

const figures: Record<string, FigureSpecification> = {
  lines: lineFigure({
    title: "NMSE over compression ratio, a title that is longer than the axis",
    subtitle: "bands: 95 % bootstrap",
    x: { title: "Compression ratio" },
    y: { title: "NMSE [dB]" },
    series: [
      { name: "CRNet", x: ["1/8", "1/16"], y: [-7, -5], low: [-7.2, -5.1], high: [-6.9, -4.8] },
      { name: "M largest magnitudes", x: ["1/8", "1/16"], y: [-9, -6], dashed: true },
    ],
  }),
  logarithmic: lineFigure({
    x: { title: "Samples", scale: "log" },
    y: { title: "Time [s]", scale: "log", ticks: [1, 10] },
    series: [{ name: "a", x: [3, 30000], y: [0.7, 45] }],
  }),
  corner: lineFigure({
    x: { title: "SNR [dB]", domain: [0, 20], ticks: [0, 10, 20] },
    y: { title: "Rate per user [bit/s/Hz]" },
    legend: "top-left",
    series: [
      { name: "Perfect CSI", x: [0, 20], y: [1, 6] },
      { name: "LLMCsiNet", x: [0, 20], y: [1, 4] },
    ],
  }),
  bars: barFigure({
    categories: ["UE", "BS"],
    series: [
      { name: "CRNet", values: [0.8, 1.9], low: [0.7, 1.8], high: [1, 2.2] },
      { name: "LLMCsiNet", values: [0.6, 14.2] },
    ],
    y: { title: "Latency [ms]", scale: "log" },
    digits: 1,
  }),
  hanging: barFigure({
    categories: ["COST2100 outdoor", "COST2100 indoor"],
    series: [{ name: "one", values: [-7.1, -12.4] }],
    x: { title: "Channel" },
    y: { title: "NMSE [dB]" },
    digits: 2,
  }),
  cdf: cdfFigure({
    x: { title: "Rate per user [bit/s/Hz]" },
    series: [
      {
        name: "perfect",
        values: Float64Array.from({ length: 3000 }, (_, i) => (i * 7) % 3000),
        dashed: true,
      },
      { name: "few", values: [1] },
    ],
  }),
  learning: learningCurveFigure({
    rows: [
      { curve: "validation", epoch: 2, value: -4 },
      { curve: "training", epoch: 1, value: -3 },
      { curve: "validation", epoch: 1, value: -2 },
      { curve: "training", epoch: 2, value: Number.NaN },
      { curve: "training", epoch: 3, value: -5 },
    ],
    y: { title: "NMSE [dB]" },
    dashed: ["validation"],
  }),
  matrix: heatmapFigure({
    rows: ["outdoor", "indoor"],
    columns: ["outdoor", "indoor", "UMa"],
    rowTitle: "Trained on",
    columnTitle: "Tested on",
    values: [-10, -3, -2, -4, -12, -1],
    valueTitle: "NMSE [dB]",
  }),
  channels: channelFigure({ title: "Channels", subtitle: "1/16", shape, channels: [channel, channel] }),
};

const drawn = new Map<string, Awaited<ReturnType<typeof renderFigure>>>();

describe.each(Object.keys(figures))("%s", (name) => {
  test("is drawn at twice its size, inside its frame", async () => {
    const figure = await renderFigure(figures[name]);
    drawn.set(name, figure);
    const image = new Resvg(figure.svg, { font });
    expect([figure.width, figure.height]).toEqual([2 * image.width, 2 * image.height]);
    expect(figure.png.subarray(0, 8)).toEqual(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a));
    const ink = new Resvg(figure.svg.replace(/<rect [^>]*fill="#ffffff"\/>/, ""), { font }).getBBox()!;
    expect(ink.x).toBeGreaterThanOrEqual(4);
    expect(ink.y).toBeGreaterThanOrEqual(4);
    expect(ink.x + ink.width).toBeLessThanOrEqual(image.width - 4);
    expect(ink.y + ink.height).toBeLessThanOrEqual(image.height - 4);
  });

  test("is the same when drawn again", async () => {
    const again = await renderFigure(figures[name]);
    expect(again.svg).toBe(drawn.get(name)!.svg);
    expect(again.png).toEqual(drawn.get(name)!.png);
  });
});

afterAll(() => drawn.clear());

/** Text content of an SVG, in order. */
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);

describe("content", () => {
  test("a line chart names axes, series and categories, and shows its bands", () => {
    const { svg } = drawn.get("lines")!;
    expect(texts(svg)).toEqual(
      expect.arrayContaining([
        "Compression ratio",
        "NMSE [dB]",
        "CRNet",
        "M largest magnitudes",
        "1/8",
        "1/16",
      ]),
    );
    expect(svg.match(/opacity="0.18"/g)).toHaveLength(1);
    expect(svg).toContain('stroke-dasharray="6,4"');
  });

  test("log axes begin and end at 1, 2 or 5 times a power of ten", () => {
    expect(texts(drawn.get("logarithmic")!.svg)).toEqual(
      expect.arrayContaining(["10", "100", "1,000", "10,000"]),
    );
    expect(texts(drawn.get("bars")!.svg)).toEqual(expect.arrayContaining(["0.5", "1", "2", "5", "10", "20"]));
  });

  test("bars carry their values, with a minus sign and not a hyphen", () => {
    expect(texts(drawn.get("bars")!.svg)).toEqual(expect.arrayContaining(["0.8", "1.9", "0.6", "14.2"]));
    expect(texts(drawn.get("hanging")!.svg)).toEqual(expect.arrayContaining(["−7.10", "−12.40"]));
  });

  test("distributions of many values are thinned but keep their extremes", () => {
    const specification = figures.cdf as unknown as {
      data: { values: { series: string; x: number; y: number }[] };
    };
    const points = specification.data.values.filter(({ series }) => series === "perfect");
    expect(points).toHaveLength(501);
    expect(points[0]).toMatchObject({ x: 0, y: 0 });
    expect(points.at(-1)).toMatchObject({ x: 2999, y: 1 });
  });

  test("learning curves are sorted by epoch and leave diverged epochs out", () => {
    const specification = figures.learning as unknown as {
      data: { values: { series: string; x: number }[] };
    };
    const of = (curve: string) =>
      specification.data.values.filter(({ series }) => series === curve).map(({ x }) => x);
    expect(of("validation")).toEqual([1, 2]);
    expect(of("training")).toEqual([1, 3]);
  });

  test("channel panels show NMSE of each reconstruction and how many elements were sent", () => {
    const shown = texts(drawn.get("channels")!.svg);
    expect(shown).toEqual(
      expect.arrayContaining(["NMSE −6.02 dB", "NMSE −20.00 dB", "4 of 2048", "Delay tap", "Angle index"]),
    );
    expect(shown.filter((text) => text === "Sample 1")).toHaveLength(2);
  });

  test("channel panels put the right colour at the right delay and angle", () => {
    const addresses = [...drawn.get("channels")!.svg.matchAll(/xlink:href="(data:[^"]+)"/g)].map(
      (match) => match[1],
    );
    expect(addresses).toHaveLength(12); // 5 panels and a colour bar in each of 2 rows
    const [truth, mask, , , error] = addresses.map(pixels);
    const colors = colorMap("viridis");
    const magnitude = (i: number) => Math.hypot(values[i], values[1024 + i]);
    const peak = Math.max(...Array.from({ length: 1024 }, (_, i) => magnitude(i)));
    for (const cell of [0, 1, 33, 500, 1023]) {
      const level = 20 * Math.log10(magnitude(cell) / peak);
      expect(truth(cell)).toEqual([...colors(1 + level / 40)]);
      expect(error(cell)).toEqual([...colors(1 + (level - 20) / 40)]);
    }
    expect([0, 5, 1023, 7].map(mask)).toEqual([
      [16, 78, 139],
      [120, 168, 208],
      [120, 168, 208],
      [236, 236, 236],
    ]);
  });

  test("a perfect reconstruction, stored around 0.5, without a mask", async () => {
    const stored = values.map((x) => 0.5 + 0.3 * x);
    const { svg } = await renderFigure(
      channelFigure({
        shape,
        center: 0.5,
        channels: [
          { name: "exact", reference: stored, reconstructions: [{ title: "Final", values: stored }] },
        ],
      }),
    );
    expect(texts(svg)).toContain("NMSE −∞ dB");
    expect(texts(svg)).not.toContain("Visible elements");
  });
});

/** Reads a 32 by 32 image back: the colour in the middle of a cell. */
function pixels(address: string): (cell: number) => number[] {
  const size = 320;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${size}" height="${size}"><image xlink:href="${address}" width="${size}" height="${size}"/></svg>`;
  const { pixels: rgba } = new Resvg(svg, { font }).render();
  return (cell) => {
    const [x, y] = [(cell % 32) * 10 + 5, Math.floor(cell / 32) * 10 + 5];
    return [...rgba.subarray(4 * (y * size + x), 4 * (y * size + x) + 3)];
  };
}

describe("font", () => {
  test("advance widths agree with what resvg draws", () => {
    for (const semiBold of [false, true]) {
      for (const text of ["Hamburg", "NMSE [dB] −12.5", "Ĥ σ ρ ‖·‖² ∞"]) {
        const draw = (content: string) => {
          const weight = semiBold ? 600 : 400;
          const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="200"><text x="10" y="100" font-family="${FONT_FAMILY}" font-weight="${weight}" font-size="40" style="font-kerning:none">${content}</text></svg>`;
          return new Resvg(svg, { font }).getBBox()!.width;
        };
        // The ink of "text|" is that of "|" moved by the text's advance, both bearings equal.
        const advance = draw(`|${text}|`) - draw("|");
        expect(Math.abs(advance - textWidth(`|${text}`, 40, semiBold))).toBeLessThan(0.03 * advance);
      }
    }
  });

  test("has every sign that figures use", () => {
    const widths = readWidths(readFileSync(fontFiles().regular));
    for (const sign of "AZaz09ĤΔσρμλ−±×·|‖²√∞≤≥–") {
      const svg = (content: string) =>
        `<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><text x="9" y="60" font-family="${FONT_FAMILY}" font-size="40">${content}</text></svg>`;
      const image = (content: string) => Buffer.from(new Resvg(svg(content), { font }).render().pixels);
      expect(widths(sign.codePointAt(0)!), sign).toBeGreaterThan(0);
      expect(image(sign).equals(image("\u{10ffff}")), sign).toBe(false);
    }
  });

  test("a file without the tables is refused", () => {
    expect(() => readWidths(Buffer.alloc(64))).toThrow(expect.objectContaining({ code: "INVALID_FONT" }));
  });
});

test("a raster image is the pixels it was made of", () => {
  const colors = Uint8Array.from({ length: 3 * 1024 }, (_, i) => (i * 37) % 256);
  const at = pixels(rasterAddress(colors, 32, 32, 10));
  for (const cell of [0, 31, 32, 777, 1023])
    expect(at(cell)).toEqual([...colors.subarray(3 * cell, 3 * cell + 3)]);
});

describe("refusals", () => {
  const axes = { x: { title: "x" }, y: { title: "y" } };
  const one = { name: "a", x: [1, 2], y: [1, 2] };
  const row = { ...channel, visible: Int32Array.of(2048) };
  test.each<[string, string, RegExp, () => unknown]>([
    ["no series", "INVALID_ARGUMENT", /series/, () => lineFigure({ ...axes, series: [] })],
    ["same name", "INVALID_ARGUMENT", /name of its own/, () => lineFigure({ ...axes, series: [one, one] })],
    ["lengths", "INVALID_SHAPE", /"a"/, () => lineFigure({ ...axes, series: [{ ...one, x: [1] }] })],
    [
      "half a band",
      "INVALID_ARGUMENT",
      /low and high/,
      () => lineFigure({ ...axes, series: [{ ...one, low: [0, 0] }] }),
    ],
    [
      "NaN",
      "NOT_FINITE",
      /y of "a"/,
      () => lineFigure({ ...axes, series: [{ ...one, y: [1, Number.NaN] }] }),
    ],
    [
      "log of zero",
      "NOT_FINITE",
      /positive/,
      () => lineFigure({ ...axes, x: { title: "x", scale: "log" }, series: [{ ...one, x: [0, 1] }] }),
    ],
    [
      "names and numbers",
      "INVALID_ARGUMENT",
      /names or/,
      () => lineFigure({ ...axes, series: [one, { name: "b", x: ["1/8", "1/16"], y: [1, 2] }] }),
    ],
    [
      "no bars",
      "INVALID_ARGUMENT",
      /category/,
      () => barFigure({ categories: [], series: [], y: { title: "y" } }),
    ],
    [
      "bar count",
      "INVALID_SHAPE",
      /2 elements/,
      () => barFigure({ categories: ["a", "b"], series: [{ name: "s", values: [1] }], y: { title: "y" } }),
    ],
    [
      "bar below zero on log",
      "NOT_FINITE",
      /positive/,
      () =>
        barFigure({
          categories: ["a"],
          series: [{ name: "s", values: [-1] }],
          y: { title: "y", scale: "log" },
        }),
    ],
    [
      "empty distribution",
      "EMPTY",
      /"s"/,
      () => cdfFigure({ x: { title: "x" }, series: [{ name: "s", values: [] }] }),
    ],
    [
      "no finite epoch",
      "INVALID_ARGUMENT",
      /"c"/,
      () => learningCurveFigure({ rows: [{ curve: "c", epoch: 1, value: Number.NaN }], y: { title: "y" } }),
    ],
    ["no rows", "INVALID_ARGUMENT", /series/, () => learningCurveFigure({ rows: [], y: { title: "y" } })],
    [
      "matrix size",
      "INVALID_SHAPE",
      /4 elements/,
      () => heatmapFigure({ rows: ["a", "b"], columns: ["c", "d"], values: [1], valueTitle: "v" }),
    ],
    [
      "matrix names",
      "INVALID_ARGUMENT",
      /row/,
      () => heatmapFigure({ rows: ["a", "a"], columns: ["c"], values: [1, 2], valueTitle: "v" }),
    ],
    ["no channels", "INVALID_ARGUMENT", /channel/, () => channelFigure({ shape, channels: [] })],
    [
      "no reconstruction",
      "INVALID_ARGUMENT",
      /reconstruction/,
      () => channelFigure({ shape, channels: [{ ...channel, reconstructions: [] }] }),
    ],
    ["position", "INVALID_ARGUMENT", /2047/, () => channelFigure({ shape, channels: [row] })],
    [
      "uneven rows",
      "INVALID_ARGUMENT",
      /same number/,
      () =>
        channelFigure({
          shape,
          channels: [channel, { ...channel, reconstructions: channel.reconstructions.slice(1) }],
        }),
    ],
    [
      "zero channel",
      "ZERO_ENERGY",
      /Sample 1/,
      () => channelFigure({ shape, channels: [{ ...channel, reference: new Float32Array(2048) }] }),
    ],
    ["range", "INVALID_ARGUMENT", /rangeDb/, () => channelFigure({ shape, channels: [channel], rangeDb: 0 })],
  ])("%s", (_, code, message, run) => {
    expect(run).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  test.each<[string, string, FigureSpecification, { scale?: number }]>([
    ["scale", "INVALID_ARGUMENT", figures.corner, { scale: 0 }],
    ["not a chart", "INVALID_FIGURE", { mark: "nothing" } as never, {}],
    [
      "broken Vega",
      "INVALID_FIGURE",
      { $schema: "https://vega.github.io/schema/vega/v6.json", marks: [{ type: "x" }] } as never,
      {},
    ],
    [
      "data from the network",
      "INVALID_FIGURE",
      { data: { url: "http://127.0.0.1:9/x.json" }, mark: "point", encoding: {} },
      {},
    ],
    [
      "data from a file",
      "INVALID_FIGURE",
      { data: { url: "/etc/hostname" }, mark: "point", encoding: {} },
      {},
    ],
  ])("%s is not drawn", async (_, code, specification, options) => {
    await expect(renderFigure(specification, options)).rejects.toMatchObject({ code });
  });
});
