/**
 * The project's own lint rules: which layer may import which, and where the process may be touched.
 *
 * `cli -> package entries -> lib -> sql`; one lib file imports sql, one imports the driver; what stages load
 * imports nothing else; tests and scripts import anything and nothing imports them.
 *
 * @module
 */

const PACKAGE = "@dsa110/absurd";
const DRIVER = "pg";
const DRIVER_FILE = "lib/database_driver.ts";
const SQL_FILE = "lib/schema_script.ts";
/** What every stage loads. */
const STAGE_PROGRAM = ["lib/stage/program.ts", "lib/stage/task_reader.ts"];
const CLI_LIBRARIES = ["commander", "@commander-js/extra-typings", "string-width"];
const ROOT = new URL("../", import.meta.url).pathname;

/** The file that `specifier` names, relative to the package's root; null for a package or a built-in. */
function resolve(specifier: string, file: string): string | null {
  if (!specifier.startsWith(".")) return null;
  return new URL(specifier, `file:///${file}`).pathname.slice(1);
}

function layerOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : "root";
}

/**
 * Says what is wrong with an import, or null.
 *
 * @param file Importing file, relative to the package's root.
 * @param specifier What it imports, as written.
 */
export function checkImport(file: string, specifier: string): string | null {
  const from = layerOf(file);
  if (from === "tests" || from === "scripts") return null;
  const target = resolve(specifier, file);
  if (STAGE_PROGRAM.includes(file) && !STAGE_PROGRAM.includes(target ?? "")) {
    return `${file} imports nothing else, so that a stage loads in no time`;
  }
  return target === null ? checkPackage(from, file, specifier) : checkFile(from, file, target);
}

function checkPackage(from: string, file: string, specifier: string): string | null {
  if (specifier === DRIVER && file !== DRIVER_FILE) return `only ${DRIVER_FILE} imports the driver`;
  if (from !== "cli" && CLI_LIBRARIES.includes(specifier)) return `only cli imports ${specifier}`;
  if (from !== "cli" && (specifier === PACKAGE || specifier.startsWith(`${PACKAGE}/`))) {
    return `${from} is part of ${PACKAGE} and imports its files, not its entries`;
  }
  if (from === "sql") return "sql imports nothing but its own files";
  return null;
}

function checkFile(from: string, file: string, target: string): string | null {
  const to = layerOf(target);
  if (to === "tests" || to === "scripts") return `nothing imports ${to}`;
  if (to === "sql" && from !== "sql" && file !== SQL_FILE) return `only ${SQL_FILE} imports sql`;
  if (from === to) return null;
  if (from === "cli") return `cli imports the package's entries ("${PACKAGE}", "${PACKAGE}/worker", …)`;
  if (from === "root" && to === "lib" || file === SQL_FILE && to === "sql") return null;
  return `${from} may not import ${to === "root" ? target : to}`;
}

/** Where `Deno.exit` and `Deno.env` may stand: exiting is the entry's job, reading variables the configuration's. */
const PROCESS_FILES: Record<string, string[]> = {
  exit: ["cli/main.ts", "lib/stage/program.ts"],
  env: ["cli/context.ts", "lib/config.ts", "lib/stage/program.ts"],
};

/** Says what is wrong with the use of `Deno.<property>` in a file, or null. */
export function checkProcess(file: string, property: string): string | null {
  const allowed = PROCESS_FILES[property];
  if (!allowed || !["cli", "lib"].includes(layerOf(file)) || allowed.includes(file)) return null;
  return `Deno.${property} belongs in ${allowed.join(" or ")}`;
}

function relativeName(context: Deno.lint.RuleContext): string {
  return context.filename.startsWith(ROOT) ? context.filename.slice(ROOT.length) : context.filename;
}

const layers: Deno.lint.Rule = {
  create(context) {
    const file = relativeName(context);
    const check = (source: Deno.lint.Node | null | undefined) => {
      if (source?.type !== "Literal" || typeof source.value !== "string") return;
      const message = checkImport(file, source.value);
      if (message) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
    };
  },
};

const process: Deno.lint.Rule = {
  create(context) {
    const file = relativeName(context);
    return {
      MemberExpression(node) {
        if (node.object.type !== "Identifier" || node.object.name !== "Deno") return;
        if (node.property.type !== "Identifier") return;
        const message = checkProcess(file, node.property.name);
        if (message) context.report({ node, message });
      },
    };
  },
};

/** The plugin that deno.json names. */
const plugin: Deno.lint.Plugin = { name: "absurd", rules: { layers, process } };

export default plugin;
