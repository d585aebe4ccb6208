import assert from "node:assert/strict";
import { ROOT } from "../support/process.ts";

interface ModuleInfo {
  specifier: string;
  dependencies?: { code?: { specifier: string }; isDynamic?: boolean }[];
}

/** Files of this package, relative to its root, that loading `entry` loads at once: dynamic imports are not followed. */
async function loadedFiles(entry: string): Promise<string[]> {
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", entry], cwd: ROOT });
  const { modules }: { modules: ModuleInfo[] } = JSON.parse(
    new TextDecoder().decode((await command.output()).stdout),
  );
  const byUrl = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>();
  const load = (url: string) => {
    if (loaded.has(url)) return;
    loaded.add(url);
    for (const { code, isDynamic } of byUrl.get(url)?.dependencies ?? []) {
      if (code && !isDynamic) load(code.specifier);
    }
  };
  load(`file://${ROOT}${entry}`);
  return [...loaded].filter((url) => url.startsWith("file:")).map((url) => url.replace(`file://${ROOT}`, ""));
}

Deno.test("cli/main.ts loads no command and nothing of the library before it knows what is wanted", async () => {
  const files = await loadedFiles("cli/main.ts");
  assert.ok(files.includes("cli/program.ts"));
  assert.deepEqual(files.filter((file) => file === "cli/spawn.ts" || !file.startsWith("cli/")), []);
});

Deno.test("cli/spawn.ts loads no worker, stage or server code", async () => {
  const files = await loadedFiles("cli/spawn.ts");
  assert.deepEqual(files.filter((file) => /^lib\/(worker|stage|postgres)\//.test(file)), []);
});
