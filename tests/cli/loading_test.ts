import assert from "node:assert/strict";
import { ROOT } from "../support/process.ts";

interface ModuleInfo {
  specifier: string;
  dependencies?: { code?: { specifier: string }; isDynamic?: boolean }[];
}

/** Modules that loading `entry` loads at once: files by their path from the root, packages by name. */
async function loadedModules(entry: string): Promise<string[]> {
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
  return [...loaded].map((url) =>
    url.replace(`file://${ROOT}`, "").replace(/^npm:\/?/, "").replace(/@[\d.]+$/, "")
  );
}

Deno.test("cli/main.ts loads no command and nothing of the library before it knows what is wanted", async () => {
  const modules = await loadedModules("cli/main.ts");
  assert.ok(modules.includes("cli/program.ts"));
  assert.deepEqual(modules.filter((name) => name === "cli/spawn.ts" || name.startsWith("lib/")), []);
});

Deno.test("cli/spawn.ts loads the driver, but no worker, stage, server, and none of their libraries", async () => {
  const modules = await loadedModules("cli/spawn.ts");
  assert.ok(modules.some((name) => /^pg\b/.test(name)), `no driver in ${modules.join(", ")}`);
  const unwanted =
    /^(lib\/(worker|stage|postgres|serve)\/|cli\/spawn\/|zod|croner|string-width|prom-client|ws\b)/;
  assert.deepEqual(modules.filter((name) => unwanted.test(name)), []);
});
