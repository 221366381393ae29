import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { formatResults, type ResultRow } from "@csi-feedback/experiments";
import puppeteer from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resultRow } from "../../../packages/experiments/test/result-rows";
import { csiFeedback } from "./run";

const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);
if (chromium === undefined)
  console.warn("Chromium is not installed (apt-get install chromium): skipping its tests");

/** What the page says about itself. */
interface Seen {
  readonly title: string;
  readonly headings: readonly string[];
  readonly background: string;
  readonly ink: string;
  readonly font: boolean;
  readonly figures: number;
  readonly wider: boolean;
}

/** Runs in the page. */
const look = `(async () => {
  await document.fonts.ready;
  return {
    title: document.title,
    headings: [...document.querySelectorAll("h2")].map(({ textContent }) => textContent),
    background: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(document.querySelector("figure svg text")).fill,
    font: document.fonts.check('16px "Source Sans 3"'),
    figures: document.querySelectorAll("figure svg").length,
    wider: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  };
})()`;

let folder: string;
let results: string;
const markers =
  "<!-- results: begin, written by csi-feedback report --readme -->\n\nold\n\n<!-- results: end -->";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "report-"));
  results = join(folder, "results");
  await mkdir(results);
  const row = (parts: Partial<ResultRow>) =>
    resultRow({ experiment: "figure-5", metric: "NMSE [dB]", ...parts });
  const rows = ["1/8", "1/16", "1/32", "1/64"].flatMap((ratio, i) => [
    row({ ratio, value: 3 * i - 18, low: 3 * i - 18.2, high: 3 * i - 17.8, paper: 2 * i - 18.643 }),
    row({ ratio, method: "M largest", epochs: 0, value: 3 * i - 15, low: 3 * i - 15.3, high: 3 * i - 14.8 }),
  ]);
  await writeFile(join(results, "figure-5.csv"), formatResults(rows));
  const [channel, method] = ["hybrid field, L = 6, L0 = 1, 10 to 80 m, linear array", "LS"];
  const estimates = [0, 10].map((snr) =>
    row({ experiment: "xl-snr", channel, ratio: "", method, condition: `SNR ${snr} dB`, value: 1 - snr }),
  );
  await writeFile(join(results, "xl-snr.csv"), formatResults(estimates));
});
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(chromium === undefined)("the report in a browser", () => {
  test("opens from a file, light and dark, without errors or requests", { timeout: 120_000 }, async () => {
    const out = join(folder, "report.html");
    const { code, stderr } = await csiFeedback(
      "report",
      "--results",
      results,
      "--runs",
      folder,
      "--out",
      out,
    );
    expect(code, stderr).toBe(0);
    const browser = await puppeteer.launch({
      executablePath: chromium!,
      args: ["--no-sandbox", "--disable-gpu"],
    });
    try {
      const backgrounds = new Set<string>();
      for (const value of ["light", "dark"]) {
        const page = await browser.newPage();
        const problems: string[] = [];
        page.on("console", (message) => problems.push(message.text()));
        page.on("pageerror", (error) => problems.push(String(error)));
        page.on("requestfailed", (request) => problems.push(request.url()));
        const requests: string[] = [];
        page.on("request", (request) => {
          if (!request.url().startsWith("data:")) requests.push(request.url());
        });
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        await page.goto(pathToFileURL(out).href);
        const seen = (await page.evaluate(look)) as Seen;
        expect(seen).toMatchObject({ title: "CSI feedback, measured", font: true, wider: false });
        // What was measured, what the paper alone has numbers of, and the channels.
        for (const heading of [
          /^Figure 5/,
          /^Table III/,
          /^Example channels$/,
          /^Channel estimation: NMSE/,
        ]) {
          expect(seen.headings).toContainEqual(expect.stringMatching(heading));
        }
        expect(seen.headings.filter((heading) => /^Figure 7/.test(heading))).toEqual([]);
        // Two ratios of the model that comes along, the figure itself, and one of channel estimation.
        expect(seen.figures).toBe(4);
        backgrounds.add(`${seen.background} ${seen.ink}`);
        expect(problems).toEqual([]);
        expect(requests).toEqual([pathToFileURL(out).href]);
        await page.close();
      }
      expect(backgrounds.size).toBe(2);
    } finally {
      await browser.close();
    }
  });
});

test("the results go into a README between its comments", async () => {
  const readme = join(folder, "README.md");
  await writeFile(readme, `# A\n\n${markers}\n\nB\n`);
  expect((await csiFeedback("report", "--results", results, "--readme", readme)).code).toBe(0);
  const text = await readFile(readme, "utf8");
  expect(text).toMatch(/^# A\n[\s\S]*Figure 5[\s\S]*\| LLMCsiNet \| \*\*−18.00\*\* \(−18.64\)[\s\S]*B\n$/);
  expect(text).toContain("](results/smoke/figure-5-cost2100-outdoor.svg)");
  await writeFile(readme, "# A\n");
  const { code, stderr } = await csiFeedback("report", "--results", results, "--readme", readme);
  expect(stderr).toContain("these two comments");
  expect(code).toBe(4);
  expect(await readFile(readme, "utf8")).toBe("# A\n");
});

test("no results, and results of another version: what to do about it", async () => {
  const none = await csiFeedback(
    "report",
    "--results",
    join(folder, "none"),
    "--out",
    join(folder, "x.html"),
  );
  expect(none.stderr).toContain("make some with: csi-feedback reproduce");
  expect(none.code).toBe(4);
  const other = join(folder, "other");
  await mkdir(other);
  await writeFile(join(other, "table-3.csv"), "format,experiment\n7,table-3\n");
  for (const args of [["report"], ["reproduce", "table-2"]]) {
    const { code, stderr } = await csiFeedback(...args, "--results", other);
    expect(stderr).toMatch(/table-3.csv: .*version 7.*version 1/);
    expect(code).toBe(4);
  }
  expect(existsSync("report.html")).toBe(false);
});
