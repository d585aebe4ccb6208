// deno-lint-ignore-file no-console
/**
 * Writes docs/json.md from scripts/json: `deno task json`. With `--check` it only says whether it is up to date.
 *
 * @module
 */

import { z } from "zod";
import { type CommandDocument, DOCUMENTS } from "./json/documents.ts";

const FILE = new URL("../docs/json.md", import.meta.url);

const HEAD = `# Documents in JSON

<!-- Made by \`deno task json\` from scripts/json: change it there. -->

Every command that reads takes \`--json\`, which prints one document on stdout and nothing else; lists take \`--jsonl\`,
which prints one element of the array a line. Keys are those of the database; times are ISO 8601 in UTC; \`params\` and
\`result\` are the user's own. A key that a document has here is always there, unless it is marked as optional; new keys
may come with new versions.
`;

/** JSON Schema, as far as zod makes it of our documents. */
interface Shape {
  type?: string | string[];
  format?: string;
  enum?: string[];
  items?: Shape;
  anyOf?: Shape[];
  properties?: Record<string, Shape>;
  additionalProperties?: Shape | boolean;
  required?: string[];
  description?: string;
}

/** A type in a word or two. */
function typeText(shape: Shape): string {
  if (shape.enum) return shape.enum.map((value) => `\`${value}\``).join(", ");
  if (shape.anyOf) return shape.anyOf.map((option) => typeText(option)).join(" or ");
  if (Array.isArray(shape.type)) {
    return shape.type.map((type) => typeText({ ...shape, type })).join(" or ");
  }
  if (shape.type === "array") return `array of ${typeText(shape.items ?? {})}`;
  if (shape.format === "date-time") return "time";
  if (shape.format === "uuid") return "id";
  if (shape.type === "integer") return "whole number";
  if (shape.type === "string") return "text";
  return typeof shape.type === "string" ? shape.type : "anything";
}

function table({ properties = {}, required = [] }: Shape): string {
  const rows = Object.entries(properties).map(([key, shape]) =>
    `| \`${key}\`${required.includes(key) ? "" : " (optional)"} | ${typeText(shape)} | ${
      shape.description ?? ""
    } |`
  );
  return ["| key | type | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

function section({ commands, flags, schema, words }: CommandDocument): string {
  const names = commands.map((name) => `\`absurd ${name}${flags ? ` ${flags}` : ""}\``).join(", ");
  const shape = z.toJSONSchema(schema, { unrepresentable: "any" }) as Shape;
  const isArray = shape.type === "array";
  const what = isArray ? `An array of ${words}; each:` : `An object: ${words}.`;
  return `## ${names}\n\n${what}\n\n${table(isArray ? shape.items ?? {} : shape)}\n`;
}

/** The text of docs/json.md, formatted. */
export async function jsonDocumentation(): Promise<string> {
  const text = [HEAD, ...DOCUMENTS.map(section)].join("\n");
  const format = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    cwd: new URL("..", import.meta.url),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = format.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  return new TextDecoder().decode((await format.output()).stdout);
}

if (import.meta.main) {
  const text = await jsonDocumentation();
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(FILE, text);
  else if (await Deno.readTextFile(FILE).catch(() => "") !== text) {
    console.log("docs/json.md is not what scripts/json says: run deno task json");
    Deno.exitCode = 1;
  }
}
