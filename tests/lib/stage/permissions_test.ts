import assert from "node:assert/strict";
import { TaskFailure } from "../../../lib/errors.ts";
import { commandLine, permissionFlags, type Permissions } from "../../../lib/stage/permissions.ts";
import { parseTemplate } from "../../../lib/stage/template.ts";
import type { JsonObject } from "../../../lib/task.ts";

const FIXED = ["--no-prompt", "--cached-only"];

function values(params: JsonObject = {}, inputs: JsonObject = {}) {
  return { params, inputs, workDir: "/work/1", stageDir: "/stages" };
}

function permissions(lists: Record<string, string[] | true>): Permissions {
  return Object.fromEntries(
    Object.entries(lists).map(([kind, list]) => [kind, list === true || list.map(parseTemplate)]),
  );
}

Deno.test("permissionFlags() omits the flag of an empty list", () => {
  assert.deepEqual(permissionFlags({}, values()), [...FIXED, "--deny-import"]);
  const given = permissions({ read: [], net: ["{params.host?}"], write: ["{params.outputs}"] });
  assert.deepEqual(permissionFlags(given, values({ outputs: [] })), [...FIXED, "--deny-import"]);
});

Deno.test("permissionFlags() gives one entry for each item of a list, and none twice", () => {
  const given = permissions({ read: ["{inputs.a.files}", "/x", "{stage_dir}"], env: true });
  const flags = permissionFlags(given, values({}, { a: { files: ["/x", "/y z:1"] } }), {
    read: ["/w/inputs.json"],
  });
  const read = "--allow-read=/x,/y z:1,/stages,/w/inputs.json";
  assert.deepEqual(flags, [...FIXED, read, "--allow-env", "--deny-import"]);
});

Deno.test("permissionFlags() allows the imports that are named, and the variables of the stage", () => {
  const flags = permissionFlags(permissions({ import: ["jsr.io:443"] }), values(), { env: ["A", "B"] });
  assert.deepEqual(flags, [...FIXED, "--allow-env=A,B", "--allow-import=jsr.io:443"]);
});

const REFUSED: { kind: string; template?: string; value: JsonObject[string] }[] = [
  { kind: "read", value: "/data,/etc" },
  { kind: "read", value: "" },
  { kind: "read", value: [""] },
  { kind: "read", value: "relative" },
  { kind: "read", value: "./relative" },
  { kind: "read", value: "/" },
  { kind: "read", value: "//" },
  { kind: "read", value: "/." },
  { kind: "read", value: "/data/../etc" },
  { kind: "read", value: "/data\n" },
  { kind: "read", value: "/data\0" },
  { kind: "read", value: 1 },
  { kind: "read", value: true },
  { kind: "read", value: null },
  { kind: "read", value: {} },
  { kind: "read", value: [["/a"]] },
  { kind: "write", template: "{work_dir}/{params.x}", value: ".." },
  { kind: "write", template: "{work_dir}/{params.x}", value: "a/../../b" },
  { kind: "net", value: "*" },
  { kind: "net", value: "10.0.0.0/8" },
  { kind: "net", value: "" },
  { kind: "env", value: "A*" },
  { kind: "run", value: "a,sh" },
];

for (const { kind, template = "{params.x}", value } of REFUSED) {
  Deno.test(`permissionFlags() refuses ${kind} of ${template} when the value is ${JSON.stringify(value)}`, () => {
    const given = permissions({ [kind]: [template] });
    assert.throws(() => permissionFlags(given, values({ x: value })), (error: TaskFailure) => {
      assert(error instanceof TaskFailure);
      return error.reason === "bad_input" && error.permanent;
    });
  });
}

Deno.test("permissionFlags() refuses a value that is missing, or that every object has", () => {
  const given = permissions({ read: ["{params.constructor}"] });
  assert.throws(() => permissionFlags(given, values()), /^TaskFailure: Parameter "constructor" is missing/);
  const input = permissions({ read: ["{inputs.calibrate.visset}"] });
  assert.throws(() => permissionFlags(input, values()), /Input "visset" of step "calibrate" is missing/);
});

Deno.test("permissionFlags() refuses a template in which two values are lists", () => {
  const given = permissions({ read: ["/{params.a}/{params.b}"] });
  assert.throws(() => permissionFlags(given, values({ a: ["1"], b: ["2"] })), /has two lists/);
});

Deno.test("commandLine() writes numbers out and keeps commas, spaces and literal braces", () => {
  const templates = ["prog", "--size={params.size}", "{params.text}", "{{}}", "{params.absent?}"].map(
    parseTemplate,
  );
  const argv = commandLine(templates, values({ size: -0.5, text: "a, b c" }));
  assert.deepEqual(argv, ["prog", "--size=-0.5", "a, b c", "{}"]);
});

Deno.test("commandLine() refuses a text that becomes an option, a NUL or an object", () => {
  const line = (value: JsonObject[string]) =>
    commandLine([parseTemplate("{params.x}")], values({ x: value }));
  assert.throws(() => line("--force"), /would take it for an option/);
  assert.throws(() => line("a\0b"), /holds a NUL character/);
  assert.throws(() => line({}), /must be a text or a number, and is an object/);
  assert.deepEqual(line(-1), ["-1"]);
});
