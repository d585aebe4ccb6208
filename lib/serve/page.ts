/**
 * The live page: its files are compiled in, and served as they are.
 *
 * @module
 */

import { createHash } from "node:crypto";
import html from "./page/index.html" with { type: "text" };
import style from "./page/style.css" with { type: "text" };
import icon from "./page/icon.svg" with { type: "text" };
import app from "./page/app.js" with { type: "text" };
import connection from "./page/connection.js" with { type: "text" };
import charts from "./page/charts.js" with { type: "text" };
import deadLetters from "./page/dead_letters.js" with { type: "text" };
import format from "./page/format.js" with { type: "text" };
import graph from "./page/graph.js" with { type: "text" };
import overview from "./page/overview.js" with { type: "text" };
import schedules from "./page/schedules.js" with { type: "text" };
import task from "./page/task.js" with { type: "text" };
import tasks from "./page/tasks.js" with { type: "text" };
import widgets from "./page/widgets.js" with { type: "text" };
import workflows from "./page/workflows.js" with { type: "text" };
import libraries from "./page/vendor/libraries.js" with { type: "text" };
import plotStyle from "./page/vendor/uplot.css" with { type: "text" };
import licences from "./page/vendor/LICENSES.txt" with { type: "text" };
import { answer } from "./responses.ts";

const SCRIPT = "text/javascript; charset=utf-8";
const STYLE = "text/css; charset=utf-8";

const FILES: Readonly<Record<string, readonly [text: string, type: string]>> = {
  "/": [html, "text/html; charset=utf-8"],
  "/style.css": [style, STYLE],
  "/icon.svg": [icon, "image/svg+xml"],
  "/app.js": [app, SCRIPT],
  "/connection.js": [connection, SCRIPT],
  "/charts.js": [charts, SCRIPT],
  "/dead_letters.js": [deadLetters, SCRIPT],
  "/format.js": [format, SCRIPT],
  "/graph.js": [graph, SCRIPT],
  "/overview.js": [overview, SCRIPT],
  "/schedules.js": [schedules, SCRIPT],
  "/task.js": [task, SCRIPT],
  "/tasks.js": [tasks, SCRIPT],
  "/widgets.js": [widgets, SCRIPT],
  "/workflows.js": [workflows, SCRIPT],
  "/vendor/libraries.js": [libraries, SCRIPT],
  "/vendor/uplot.css": [plotStyle, STYLE],
  "/vendor/LICENSES.txt": [licences, "text/plain; charset=utf-8"],
};

const TAGS = Object.fromEntries(
  Object.entries(FILES).map((
    [path, [text]],
  ) => [path, `"${createHash("sha256").update(text).digest("hex")}"`]),
);

/** A file of the page; undefined when there is none of this path. */
export function pageAnswer(path: string, request: Request): Response | undefined {
  if (!Object.hasOwn(FILES, path)) return undefined;
  const headers = { etag: TAGS[path], "cache-control": "no-cache" };
  const [text, type] = FILES[path];
  if (request.headers.get("if-none-match") === TAGS[path]) {
    return answer(null, type, { status: 304, headers });
  }
  return answer(request.method === "HEAD" ? null : text, type, { headers });
}
