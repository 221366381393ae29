import { expect, test } from "vitest";
import { extractExamples, promisedOutput } from "./index";

test("examples are found in Markdown and in doc comments", () => {
  expect(extractExamples("text\n```ts\nlet a = 1;\n```\n", "README.md")).toEqual([
    { place: "README.md:2", code: "let a = 1;" },
  ]);
  expect(extractExamples("/**\n * ```ts\n * if (a) {\n *   b();\n * }\n * ```\n */", "x.ts")).toEqual([
    { place: "x.ts:2", code: "if (a) {\n  b();\n}" },
  ]);
});

test("a block of another language is no example", () => {
  expect(extractExamples("```sh\nls\n```\n", "README.md")).toEqual([]);
});

test("commented console.log lines promise their output", () => {
  expect(promisedOutput("console.log(1 + 1); // 2\nconsole.log('x');")).toEqual(["2"]);
});
