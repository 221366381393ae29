// A figure inside a page: its SVG with identifiers of its own, and with colours that
// follow the page from light to dark.
import { type FigureSpecification, renderFigure } from "@csi-feedback/eval/figures";
import { Html } from "./html";

/** Colours of the figures' style, and the variables of the page that take their place. */
const themed: Readonly<Record<string, string>> = {
  "#ffffff": "var(--surface)",
  "#fff": "var(--surface)",
  white: "var(--surface)",
  "#222222": "var(--ink)",
  "#222": "var(--ink)",
  "#111111": "var(--ink)",
  "#000": "var(--ink)",
  "#000000": "var(--ink)",
  black: "var(--ink)",
  "#555555": "var(--muted)",
  "#555": "var(--muted)",
  "#e4e4e4": "var(--grid)",
  "#cccccc": "var(--grid)",
  "#0072b2": "var(--series-1)",
  "#d55e00": "var(--series-2)",
  "#009e73": "var(--series-3)",
  "#cc79a7": "var(--series-4)",
  "#e69f00": "var(--series-5)",
  "#56b4e9": "var(--series-6)",
  "#333333": "var(--series-7)",
  "#8b6914": "var(--series-8)",
};

/**
 * Draws a figure for a page.
 *
 * @param name - unique in the page; goes into the identifiers.
 */
export async function inlineFigure(specification: FigureSpecification, name: string): Promise<Html> {
  const { svg } = await renderFigure(specification);
  return new Html(themedSvg(svg, name));
}

/** The SVG of a figure with a prefix before its identifiers and colours by variables. */
export function themedSvg(svg: string, name: string): string {
  const prefix = name.replace(/[^\w-]/g, "-");
  return svg
    .replace(/<\?xml.*?\?>|<!DOCTYPE.*?>/g, "")
    .replace(/\bid="([^"]+)"/g, `id="${prefix}-$1"`)
    .replace(/url\(#([^)]+)\)/g, `url(#${prefix}-$1)`)
    .replace(/\bhref="#([^"]+)"/g, `href="#${prefix}-$1"`)
    .replace(/\b(fill|stroke|stop-color)="([^"]+)"/g, (whole, attribute: string, color: string) => {
      const variable = themed[color.toLowerCase()];
      return variable === undefined ? whole : `${attribute}="${variable}"`;
    });
}
