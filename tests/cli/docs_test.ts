import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../support/process.ts";
import { runInProcess } from "./fake_context.ts";

/** Documents that name commands. */
const DOCUMENTS = ["README.md", "docs", "sql/README.md", "scripts/stages/README.md", "CONTRIBUTING.md"];
/** A command in a text: `absurd task list --json`, also after a prompt, variables or `deno run -q`. */
const COMMAND = /(?<!\bcd)(?:^|[\s`$(])absurd((?: [a-z]+)* ?(?:[^`\n#|>]*))/g;

async function readDocuments(): Promise<[path: string, text: string][]> {
  const paths: string[] = [];
  for (const path of DOCUMENTS) {
    if (path.endsWith(".md")) paths.push(path);
    else for await (const { name } of Deno.readDir(join(ROOT, path))) paths.push(`${path}/${name}`);
  }
  const markdown = paths.filter((path) => path.endsWith(".md")).sort();
  return await Promise.all(
    markdown.map(async (path) => [path, await Deno.readTextFile(join(ROOT, path))] as [string, string]),
  );
}

/** Code in a document, where commands stand; of a console only what was typed. */
function codeOf(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^```(\w*)[^\n]*\n(.*?)^```$/gms)].map(([, language, code]) =>
    language === "console" ? [...code.matchAll(/^\$ (.*)$/gm)].map(([, typed]) => typed).join("\n") : code
  );
  return [...blocks, ...[...markdown.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code)];
}

const helps = new Map<string, string | null>();

/** Help of a command, or null where there is no such command. */
async function helpOf(words: readonly string[]): Promise<string | null> {
  const key = words.join(" ");
  if (!helps.has(key)) {
    const { code, stdout } = await runInProcess([...words, "--help"], {});
    const usage = `Usage: absurd${words.length > 0 ? ` ${key}` : ""} `;
    helps.set(key, code === 0 && stdout.startsWith(usage) ? stdout : null);
  }
  return helps.get(key)!;
}

Deno.test("documents name only commands and flags that exist", async () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const [path, text] of await readDocuments()) {
    for (const code of codeOf(text)) {
      for (const [, line] of code.matchAll(COMMAND)) {
        const words = line.trim().split(/\s+/);
        const first = words[0] ?? "";
        if (!/^[a-z]+$/.test(first)) continue;
        let command = [first];
        let help = await helpOf(command);
        if (words[1] && /^[a-z]+$/.test(words[1]) && await helpOf([first, words[1]])) {
          command = [first, words[1]];
          help = await helpOf(command);
        }
        const missing = help === null
          ? ["no such command"]
          : words.filter((word) => /^--[a-z-]+$/.test(word) && !help.includes(word));
        seen++;
        if (missing.length > 0) wrong.push(`${path}: absurd ${line.trim()}: ${missing.join(", ")}`);
      }
    }
  }
  assert.ok(seen > 50, `only ${seen} commands were found`);
  assert.deepEqual(wrong, []);
});
