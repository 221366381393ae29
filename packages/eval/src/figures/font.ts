// The typeface of the figures: Source Sans 3 (SIL Open Font License) from npm, so
// that figures look the same on a machine without any fonts. Also its advance
// widths, read from the file, because Vega lays text out by width and has no
// canvas to ask here. A reader for these two tables alone, not a font library.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { CsiFeedbackError } from "@csi-feedback/common";

/** Family name inside the font files. */
export const FONT_FAMILY = "Source Sans 3";

/** Paths of the font files. */
export function fontFiles(): { regular: string; semiBold: string } {
  const require = createRequire(import.meta.url);
  try {
    return {
      regular: require.resolve("@expo-google-fonts/source-sans-3/400Regular/SourceSans3_400Regular.ttf"),
      semiBold: require.resolve("@expo-google-fonts/source-sans-3/600SemiBold/SourceSans3_600SemiBold.ttf"),
    };
  } catch (cause) {
    throw new CsiFeedbackError(
      "FONT_NOT_FOUND",
      "fontFiles: the npm package @expo-google-fonts/source-sans-3, which holds the typeface of the figures, must be installed",
      { cause },
    );
  }
}

type Widths = (codePoint: number) => number;

const cache = new Map<string, Widths>();

/** Width [px] of a text in the figures' typeface. */
export function textWidth(text: string, size: number, semiBold: boolean): number {
  const path = semiBold ? fontFiles().semiBold : fontFiles().regular;
  let widths = cache.get(path);
  if (!widths) {
    widths = readWidths(readFileSync(path));
    cache.set(path, widths);
  }
  let total = 0;
  for (const character of text) total += widths(character.codePointAt(0)!);
  return total * size;
}

/** Advance widths in units of the font size, from the tables `cmap` (format 4), `hhea`, `hmtx` and `head`. */
export function readWidths(bytes: Buffer): Widths {
  const table = (tag: string): number => {
    for (let i = 0; i < bytes.readUInt16BE(4); i++) {
      if (bytes.toString("latin1", 12 + 16 * i, 16 + 16 * i) === tag) return bytes.readUInt32BE(20 + 16 * i);
    }
    throw new CsiFeedbackError(
      "INVALID_FONT",
      `readWidths: a font must have a ${tag} table, received one without`,
    );
  };
  const unitsPerEm = bytes.readUInt16BE(table("head") + 18);
  const measured = bytes.readUInt16BE(table("hhea") + 34);
  const hmtx = table("hmtx");
  const segments = findSegments(bytes, table("cmap"));
  return (codePoint) => {
    const glyph = Math.min(glyphOf(bytes, segments, codePoint), measured - 1);
    return bytes.readUInt16BE(hmtx + 4 * glyph) / unitsPerEm;
  };
}

/** Offset of the format 4 subtable of a `cmap` table. */
function findSegments(bytes: Buffer, cmap: number): number {
  for (let i = 0; i < bytes.readUInt16BE(cmap + 2); i++) {
    const offset = cmap + bytes.readUInt32BE(cmap + 8 + 8 * i);
    if (bytes.readUInt16BE(offset) === 4) return offset;
  }
  throw new CsiFeedbackError(
    "INVALID_FONT",
    "readWidths: a font must have a cmap subtable of format 4, received one without",
  );
}

/** Glyph of a code point; 0, the missing glyph, where the font has none. */
function glyphOf(bytes: Buffer, offset: number, codePoint: number): number {
  const doubled = bytes.readUInt16BE(offset + 6);
  for (let at = 0; at < doubled; at += 2) {
    if (codePoint > bytes.readUInt16BE(offset + 14 + at)) continue;
    const start = bytes.readUInt16BE(offset + 16 + doubled + at);
    if (codePoint < start) return 0;
    const delta = bytes.readUInt16BE(offset + 16 + 2 * doubled + at);
    const rangeAt = offset + 16 + 3 * doubled + at;
    const range = bytes.readUInt16BE(rangeAt);
    if (range === 0) return (codePoint + delta) & 0xffff;
    const glyph = bytes.readUInt16BE(rangeAt + range + 2 * (codePoint - start));
    return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
  }
  return 0;
}
