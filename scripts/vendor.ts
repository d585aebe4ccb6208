// deno-lint-ignore-file no-console
/**
 * Makes the libraries of the live page: `deno task vendor`.
 *
 * The page is served as it lies in lib/serve/page, without a build step. What it uses of other people's work is bundled
 * once, from the npm packages that scripts/vendor/deno.json pins, and checked in with its licences; `--check` says
 * whether that is still what the packages give.
 *
 * @module
 */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const ROOT = new URL("..", import.meta.url).pathname;
const SOURCE = join(ROOT, "scripts/vendor");
const TARGET = join(ROOT, "lib/serve/page/vendor");

interface Package {
  readonly name: string;
  readonly version: string;
  readonly directory: string;
}

async function findPackages(): Promise<Package[]> {
  const { imports } = JSON.parse(await Deno.readTextFile(join(SOURCE, "deno.json")));
  const names = Object.keys(imports).filter((name) => !name.includes("/"));
  return names.map((name) => {
    const version = /@([^@/]+)$/.exec(imports[name])![1];
    return { name, version, directory: cachedDirectory(name, version) };
  });
}

/** Where Deno keeps a package that it has downloaded. */
function cachedDirectory(name: string, version: string): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  const registry = [...Deno.readDirSync(npmCache)].find(({ isDirectory }) => isDirectory)!.name;
  return dirname(
    createRequire(import.meta.url).resolve(join(npmCache, registry, name, version, "package.json")),
  );
}

async function bundle(): Promise<string> {
  const output = await Deno.makeTempFile({ suffix: ".js" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "bundle",
        "--quiet",
        "--minify",
        "--platform=browser",
        "--no-lock",
        `--output=${output}`,
        "libraries.js",
      ],
      cwd: SOURCE,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return await Deno.readTextFile(output);
  } finally {
    await Deno.remove(output);
  }
}

async function makeFiles(): Promise<Record<string, string>> {
  const script = await bundle();
  const packages = await findPackages();
  const list = packages.map(({ name, version }) => `${name} ${version}`).join(", ");
  const licences = await Promise.all(
    packages.map(async ({ name, version, directory }) =>
      `${name} ${version}\n\n${(await Deno.readTextFile(join(directory, "LICENSE"))).trim()}\n`
    ),
  );
  const uplot = packages.find(({ name }) => name === "uplot")!;
  return {
    "libraries.js": `/* ${list}: see LICENSES.txt. Made by deno task vendor. */\n${script}`,
    "uplot.css": await Deno.readTextFile(join(uplot.directory, "dist/uPlot.min.css")),
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
