// A process that adds rows to a results folder, one at a time: `merge-child FOLDER NAME COUNT`.
import { mergeResults } from "../src/results/results-folder";
import { resultRow } from "./result-rows";

const [folder, method, count] = process.argv.slice(2);
for (let seed = 0; seed < Number(count); seed++) await mergeResults(folder, [resultRow({ method, seed })]);
