// deno-lint-ignore-file no-console
/**
 * Makes the libraries of the live page: `deno task vendor`.
 *
 * The page is served as it lies in lib/serve/page, without a build step. What it uses of other people's work is bundled
 * here, from pinned npm packages, and checked in with its licences; `--check` says whether that is still what the
 * packages give.
 *
 * @module
 */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const TARGET = new URL("../lib/serve/page/vendor/", import.meta.url).pathname;

const PACKAGES = { preact: "10.29.4", htm: "3.1.1", uplot: "1.6.32" } as const;

const ENTRY = `
import { h } from "npm:preact@${PACKAGES.preact}";
import htm from "npm:htm@${PACKAGES.htm}";
export { render } from "npm:preact@${PACKAGES.preact}";
export {
  useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState,
} from "npm:preact@${PACKAGES.preact}/hooks";
export { default as uPlot } from "npm:uplot@${PACKAGES.uplot}";
export const html = htm.bind(h);
`;

/** Runs deno in a folder that no configuration reaches. */
async function runDeno(cwd: string, ...args: string[]): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** The bundle, and the folders where Deno keeps the packages. */
async function bundle(): Promise<{ script: string; directory: (name: keyof typeof PACKAGES) => string }> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "entry.js"), ENTRY);
    const flags = ["--quiet", "--minify", "--platform=browser", "--no-config", "--no-lock"];
    await runDeno(folder, "bundle", ...flags, "--output=libraries.js", "entry.js");
    const { npmCache } = JSON.parse(await runDeno(folder, "info", "--json", "--no-config"));
    const [registry] = [...Deno.readDirSync(npmCache)].filter(({ isDirectory }) => isDirectory);
    const require = createRequire(import.meta.url);
    return {
      script: await Deno.readTextFile(join(folder, "libraries.js")),
      directory: (name) =>
        dirname(require.resolve(join(npmCache, registry.name, name, PACKAGES[name], "package.json"))),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makeFiles(): Promise<Record<string, string>> {
  const { script, directory } = await bundle();
  const names = Object.keys(PACKAGES) as (keyof typeof PACKAGES)[];
  const list = names.map((name) => `${name} ${PACKAGES[name]}`);
  const licences = names.map((name, index) =>
    `${list[index]}\n\n${Deno.readTextFileSync(join(directory(name), "LICENSE")).trim()}\n`
  );
  return {
    "libraries.js": [
      `/* ${list.join(", ")}: see LICENSES.txt. Made by deno task vendor. */`,
      "// @ts-nocheck",
      '// @ts-self-types="../libraries.d.ts"',
      script,
    ].join("\n"),
    "uplot.css": await Deno.readTextFile(join(directory("uplot"), "dist/uPlot.min.css")),
    "LICENSES.txt": licences.join("\n----\n\n"),
  };
}

const files = await makeFiles();
if (Deno.args.includes("--check")) {
  const stale: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const present = await Deno.readTextFile(join(TARGET, name)).catch(() => null);
    if (present !== text) stale.push(name);
  }
  if (stale.length > 0) console.log(`Not what the packages give: ${stale.join(", ")}. Run deno task vendor`);
  Deno.exitCode = stale.length > 0 ? 1 : 0;
} else {
  await Deno.mkdir(TARGET, { recursive: true });
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(join(TARGET, name), text);
}
