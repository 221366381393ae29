// Documentation examples as tests: every ```ts block of a package's README and
// of the doc comments in its sources is written to a file inside the package
// and imported. An example fails when it throws, and when a `console.log(...)`
// line that ends in a `// text` comment prints something else than that text.
// Not a type checker: the examples run, they are not compiled strictly.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { formatWithOptions } from "node:util";
import { afterAll, expect, test } from "vitest";

/** One fenced example: where it stands and its code. */
export interface Example {
  /** File and line, as `README.md:12`. */
  readonly place: string;
  readonly code: string;
}

/** The ```ts blocks of a Markdown text or of the doc comments of a source text. */
export function extractExamples(text: string, file: string): Example[] {
  const examples: Example[] = [];
  let code: string[] | undefined;
  let start = 0;
  for (const [index, line] of text.split("\n").entries()) {
    const bare = file.endsWith(".md") ? line : line.replace(/^\s*\* ?/, "");
    if (code === undefined) {
      if (/^```ts\s*$/.test(bare)) {
        code = [];
        start = index + 1;
      }
    } else if (/^```\s*$/.test(bare)) {
      examples.push({ place: `${file}:${start}`, code: code.join("\n") });
      code = undefined;
    } else {
      code.push(bare);
    }
  }
  return examples;
}

/** What each commented `console.log` line of an example promises to print. */
export function promisedOutput(code: string): string[] {
  return code
    .split("\n")
    .map((line) => /\bconsole\.log\(.*\);?\s*\/\/ (.*)$/.exec(line)?.[1])
    .filter((text) => text !== undefined);
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => join(directory, file));
}

/** Where else {@link testExamples} looks. */
export interface TestExamplesOptions {
  /** The text with the examples, instead of the package's own README and sources. */
  readonly readme?: string;
  /** Folder in which the examples run; default: as the test itself. */
  readonly workingDirectory?: string;
}

/** Registers one test per example of the package at `directory`. */
export function testExamples(directory: string, options: TestExamplesOptions = {}): void {
  const root = resolve(directory);
  const { readme, workingDirectory = process.cwd() } = options;
  const files = readme ? [resolve(readme)] : [join(root, "README.md"), ...sourceFiles(join(root, "src"))];
  const examples = files.flatMap((file) => extractExamples(readFileSync(file, "utf8"), relative(root, file)));
  const folder = join(root, ".doc-examples");
  mkdirSync(folder, { recursive: true });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("the package has examples", () => expect(examples.length).toBeGreaterThan(0));
  for (const { place, code } of examples) {
    test(`example at ${place}`, async () => {
      const file = join(folder, `${place.replace(/[^A-Za-z0-9]+/g, "-")}.ts`);
      writeFileSync(file, code);
      const printed: string[] = [];
      const log = console.log;
      const before = process.cwd();
      process.chdir(workingDirectory);
      console.log = (...values: unknown[]) => {
        printed.push(formatWithOptions({ breakLength: Number.POSITIVE_INFINITY }, ...values));
      };
      try {
        await import(/* @vite-ignore */ pathToFileURL(file).href);
      } finally {
        console.log = log;
        process.chdir(before);
      }
      const promised = promisedOutput(code);
      if (promised.length > 0) expect(printed).toEqual(promised);
    });
  }
}
