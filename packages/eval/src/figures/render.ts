// From a specification to files: Vega-Lite or Vega draws SVG without a browser, resvg
// turns it into PNG. Node only; no canvas, no system fonts, no network.
import { CsiFeedbackError, invalid, isCsiFeedbackError } from "@csi-feedback/common";
import { Resvg } from "@resvg/resvg-js";
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { FONT_FAMILY, fontFiles, textWidth } from "./font";
import { houseStyle } from "./style";

/** A chart: a Vega-Lite specification, or one of Vega when its `$schema` says so. */
export type FigureSpecification = TopLevelSpec | vega.Spec;

/** A drawn figure. */
export interface Figure {
  /** Text stays text; the family is named with fallbacks. */
  readonly svg: string;
  readonly png: Uint8Array;
  /** Size of the PNG [px]. */
  readonly width: number;
  readonly height: number;
}

/** Options of {@link renderFigure}. */
export interface RenderOptions {
  /** PNG pixels for each unit of the specification, 2 unless told. */
  readonly scale?: number;
}

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

/** Vega asks this for the width of every label; without a canvas its own guess is 0.8 em a letter. */
function measureWithOwnFont(): void {
  const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: TextItem, text: unknown) => number };
  };
  textMetrics.width = (item, text) => {
    const semiBold = item.fontWeight === "bold" || Number(item.fontWeight) >= 600;
    return text == null ? 0 : textWidth(String(text), item.fontSize ?? 11, semiBold);
  };
}

/**
 * Draws a chart as SVG and PNG in the house style (the specification's own
 * `config` wins over it). Data must be inside the specification: nothing is loaded
 * from files or the network.
 *
 * @throws CsiFeedbackError `INVALID_FIGURE` when the specification does not compile or draw;
 * `INVALID_ARGUMENT` for a scale that is not in (0, 16]; `FONT_NOT_FOUND`.
 *
 * @example
 * ```ts
 * import { barFigure, renderFigure } from "@csi-feedback/eval/figures";
 *
 * const specification = barFigure({
 *   categories: ["1/8", "1/16"],
 *   series: [{ name: "LLMCsiNet", values: [-10.1, -7.4] }],
 *   y: { title: "NMSE [dB]" },
 * });
 * const { svg, png } = await renderFigure(specification);
 * console.log(svg.startsWith("<svg"), new TextDecoder("latin1").decode(png.subarray(1, 4))); // true PNG
 * ```
 */
export async function renderFigure(
  specification: FigureSpecification,
  options: RenderOptions = {},
): Promise<Figure> {
  const { scale = 2 } = options;
  if (!(scale > 0 && scale <= 16)) {
    invalid("INVALID_ARGUMENT", "renderFigure", "scale must be above 0 and at most 16", scale);
  }
  const fonts = fontFiles();
  measureWithOwnFont();
  const svg = await drawSvg(specification);
  const image = new Resvg(svg, {
    font: {
      loadSystemFonts: false,
      fontFiles: [fonts.regular, fonts.semiBold],
      defaultFontFamily: FONT_FAMILY,
      sansSerifFamily: FONT_FAMILY,
    },
    fitTo: { mode: "zoom", value: scale },
    background: "#ffffff",
  }).render();
  return { svg, png: Uint8Array.from(image.asPng()), width: image.width, height: image.height };
}

async function drawSvg(specification: FigureSpecification): Promise<string> {
  const errors: string[] = [];
  const report = (...parts: unknown[]) => errors.push(parts.map(String).join(" "));
  try {
    const isVega = /\/vega\/v\d/.test(specification.$schema ?? "");
    const quiet = {
      level: () => quiet,
      error: () => quiet,
      warn: () => quiet,
      info: () => quiet,
      debug: () => quiet,
    };
    const drawable = isVega
      ? (specification as vega.Spec)
      : compile(specification as TopLevelSpec, { config: houseStyle, logger: quiet as never }).spec;
    const runtime = vega.parse(drawable, isVega ? (houseStyle as vega.Config) : undefined);
    const logger = vega.logger(vega.Error);
    logger.error = (...parts) => {
      report(...parts);
      return logger;
    };
    const view = new vega.View(runtime, { renderer: "none", loader: offlineLoader(report), logger });
    vega.resetSVGDefIds(); // or the same figure drawn twice would differ
    const svg = await view.toSVG();
    view.finalize();
    if (errors.length > 0) throw new Error(errors.join("; "));
    return svg;
  } catch (cause) {
    if (isCsiFeedbackError(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CsiFeedbackError(
      "INVALID_FIGURE",
      `renderFigure: the specification must compile and draw, received one that fails: ${reason}`,
      { cause },
    );
  }
}

/** Refuses every address but data that is inside the specification. */
function offlineLoader(report: (reason: string) => void): vega.Loader {
  const loader = vega.loader();
  const refuse = async (uri: string): Promise<never> => {
    const reason = `data must be inside the specification, not at ${uri.slice(0, 80)}`;
    report(reason);
    throw new Error(reason);
  };
  loader.load = refuse;
  loader.sanitize = async (uri) => (uri.startsWith("data:") ? { href: uri } : refuse(uri));
  return loader;
}
