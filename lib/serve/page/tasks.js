/** The table of tasks, with filters. */

import { html, useEffect, useState } from "./vendor/libraries.js";
import { call, useDocument, useLive } from "./connection.js";
import { duration, shortIds } from "./format.js";
import { Ago, Nothing, Problem, Progress, Row, State, Table, TaskLink, useNow } from "./widgets.js";

const STATES = ["ready", "claimed", "scheduled", "blocked", "held", "completed", "failed", "cancelled"];
const PAGE = 50;

/** The view. */
export function Tasks({ query }) {
  const filter = new URLSearchParams([...query].filter(([name, value]) => value && name !== "limit"));
  const path = `api/tasks?${filter}&limit=${PAGE}`;
  const { data: newest, error } = useDocument(path, { concerns: (event) => event.type === "task_update" });
  const [older, setOlder] = useState(/** @type {any[]} */ ([]));
  useEffect(() => setOlder([]), [path]);
  const seen = new Set(newest?.map(({ task_id: id }) => id));
  const tasks = [...newest ?? [], ...older.filter(({ task_id: id }) => !seen.has(id))];
  const more = async () => {
    const next = await call(`${path}&before=${tasks.at(-1).task_id}`);
    setOlder([...older, ...next]);
  };
  return html`
    <header class="head">
      <h1>Tasks</h1>
      <${Filters} query=${query} />
    </header>
    <${Problem} error=${error} />
    ${newest && tasks.length === 0
      ? html`<${Nothing}>No task is like that.<//>`
      : html`<${TaskTable} tasks=${tasks} />`}
    ${newest && (newest.length === PAGE || older.length > 0) &&
      html`<p class="center"><button type="button" onClick=${more}>Older tasks</button></p>`}
  `;
}

/** Changes the address, which is what holds the filters. */
export function setFilter(view, query, name, value) {
  const next = new URLSearchParams(query);
  if (value) next.set(name, value);
  else next.delete(name);
  history.replaceState(null, "", `#/${view}${next.size > 0 ? `?${next}` : ""}`);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function Filters({ query }) {
  const live = useLive(({ type }) => type === "queue_stats_update", 1000);
  const set = (name) => (event) => setFilter("tasks", query, name, event.target.value.trim());
  const queue = query.get("queue") ?? "";
  const queues = [...new Set([...live.queues.keys(), queue])].filter(Boolean);
  return html`
    <form class="filters" onSubmit=${(event) => event.preventDefault()}>
      <label>Queue <select value=${queue} onChange=${set("queue")}>
          <option value="">all</option>${queues.map((name) =>
            html`<option value=${name} selected=${name === queue}>${name}</option>`
          )}</select></label>
      <label>State <select value=${query.get("state") ?? ""} onChange=${set("state")}>
          <option value="">all</option>${STATES.map((name) =>
            html`<option value=${name} selected=${name === query.get("state")}>${
              name === "claimed" ? "running" : name
            }</option>`
          )}</select></label>
      <label>Name <input type="search" data-search placeholder="exact name" value=${query.get("name") ??
        ""} onChange=${set("name")} /></label>
    </form>
  `;
}

/** Tasks as rows. */
export function TaskTable({ tasks }) {
  const now = useNow();
  const short = shortIds(tasks.map(({ task_id: id }) => id));
  return html`
    <${Table} label="Tasks" head=${[
      "Task",
      "Name",
      "State",
      "Progress or error",
      "#Attempt",
      "Spawned",
      "Took",
      "Queue",
    ]}
      rows=${tasks.map((task) =>
        html`
          <${Row} key=${task.task_id} href="#/tasks/${task.task_id}" data-state=${task.state}>
            <td>
              <${TaskLink} id=${task.task_id}>${short(task.task_id)}<//>
            </td>
            <td>${task.task_name}${task.step_name && task.step_name !== task.task_name && html`
              <span class="quiet">${task.step_name}</span>
            `}</td>
            <td>
              <${State} of=${task.state} />
            </td>
            <td class="error-text">${task.status === "claimed"
              ? html`<${Progress} of=${task.progress} />`
              : task.error ?? task.cancel_reason ?? ""}</td>
            <td class="number">${task.attempt || ""}</td>
            <td>
              <${Ago} time=${task.created_at} now=${now} />
            </td>
            <td>${took(task, now)}</td>
            <td class="quiet">${task.queue_name}</td>
            <//>
        `
      )} />
  `;
}

function took({ claimed_at: from, finished_at: to, status }, now) {
  if (!from || status === "pending") return "";
  return duration((to ? Date.parse(to) : now) - Date.parse(from));
}
