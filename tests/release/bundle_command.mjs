// Prints the command that a host makes of an unpacked bundle: `node bundle_command.mjs DIR ANSWERS`.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { sep } from "node:path";
import { getMcpConfigForManifest } from "@anthropic-ai/mcpb";

const [extensionPath, answers] = process.argv.slice(2);
const command = await getMcpConfigForManifest({
  manifest: JSON.parse(readFileSync(`${extensionPath}${sep}manifest.json`, "utf8")),
  extensionPath,
  systemDirs: { HOME: homedir() },
  userConfig: JSON.parse(answers),
  pathSeparator: sep,
});
console.log(JSON.stringify(command));
