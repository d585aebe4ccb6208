// deno-lint-ignore-file no-console
/**
 * Everything but the tests that must hold before a commit: `deno task check`.
 *
 * Runs all checks, however many fail, and ends with `N passed, N failed`.
 *
 * @module
 */

interface Check {
  readonly name: string;
  /** Says what is wrong, or null. */
  run(): Promise<string | null>;
}

const ENTRIES = Object.values((await import("../deno.json", { with: { type: "json" } })).default.exports);

/** A check that is one run of the deno program. */
function deno(name: string, ...args: string[]): Check {
  return {
    name,
    async run() {
      const command = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" });
      const { success, stdout, stderr } = await command.output();
      const decoder = new TextDecoder();
      return success ? null : decoder.decode(stdout) + decoder.decode(stderr);
    },
  };
}

/** `deno run absurd` looks for a file before it looks for the task of that name. */
const noFileNamedAbsurd: Check = {
  name: "no file named absurd in the root",
  async run() {
    const info = await Deno.lstat("absurd").catch(() => null);
    return info === null
      ? null
      : "A file named absurd in the root hides the task: remove it, compile into dist/";
  },
};

/** Programs for the browser, which have a configuration of their own. */
const BROWSER = ["--config", "tests/e2e/browser/deno.json", "tests/e2e/browser"];

const CHECKS: readonly Check[] = [
  deno("format", "fmt", "--check"),
  deno("lint", "lint"),
  deno("types", "check", "--frozen"),
  deno("documentation", "doc", "--lint", ...ENTRIES),
  deno("examples", "test", "--doc", "--no-run", "mod.ts", "lib"),
  deno("publish", "publish", "--dry-run", "--allow-dirty", "--quiet"),
  deno("documents in JSON", "run", "-A", "scripts/json_docs.ts", "--check"),
  deno("SQL catalog rules", "run", "-A", "scripts/check_sql.ts"),
  deno("schema dump", "run", "-A", "scripts/dump_schema.ts", "--check"),
  deno("browser programs, format", "fmt", "--check", ...BROWSER),
  deno("browser programs, lint", "lint", ...BROWSER),
  deno("browser programs, types", "check", "--frozen", ...BROWSER),
  deno("types of the page", "check", "--config", "scripts/page.json", "lib/serve/page"),
  deno("libraries of the page", "run", "-A", "scripts/vendor.ts", "--check"),
  noFileNamedAbsurd,
];

Deno.chdir(new URL("..", import.meta.url));
let failed = 0;
for (const check of CHECKS) {
  const problem = await check.run();
  console.log(`${problem === null ? "ok    " : "FAILED"} ${check.name}`);
  if (problem === null) continue;
  failed++;
  console.log(problem.replaceAll(/^/gm, "       "));
}
console.log(`${CHECKS.length - failed} passed, ${failed} failed`);
Deno.exitCode = failed === 0 ? 0 : 1;
