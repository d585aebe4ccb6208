/** The first view: queues, rates, workers, and what happens just now. */

import { html, useState } from "./vendor/libraries.js";
import { Chart, perMinute, series, useHistory } from "./charts.js";
import { useDocument, useLive } from "./connection.js";
import { ago, clockTime, count, shortId } from "./format.js";
import { Action, Ago, Nothing, Problem, Row, State, Table, TaskLink, useNow } from "./widgets.js";

const DEPTHS = ["ready", "claimed", "scheduled", "held", "blocked"];

/** The view. */
export function Overview({ mayWrite, theme }) {
  const [queue, setQueue] = useState("");
  const { data: status, error, reload } = useDocument("api/status", { concerns: () => true, everyMs: 5000 });
  const now = useNow();
  const live = useLive(({ type }) => type === "queue_stats_update");
  const queues = (status?.queues ?? []).map((one) => ({ ...one, ...live.queues.get(one.queue_name) }));
  const chosen = queues.filter(({ queue_name: name }) => !queue || name === queue);
  return html`
    <${Problem} error=${error} />
    <${Tiles} queues=${chosen} workers=${status?.workers ?? []} now=${now} />
    <${Charts} queue=${queue} theme=${theme} />
    <section>
      <h2>Queues</h2>
      ${status && queues.length === 0
        ? html`<${Nothing}>No queue has had a task yet. <code>absurd spawn NAME</code> makes one.<//>`
        : html`<${Queues} ...${{ queues, queue, setQueue, mayWrite, now, reload }} />`}
    </section>
    <section>
      <h2>Workers</h2>
      <${Workers} workers=${status?.workers} now=${now} />
    </section>
    <div class="columns">
      <section>
        <h2>Just now</h2>
        <${Feed} />
      </section>
      <section>
        <h2>Newest failures</h2>
        <${Errors} errors=${status?.errors} now=${now} />
      </section>
    </div>
  `;
}

function Tiles({ queues, workers, now }) {
  const sum = (key) => queues.reduce((total, one) => total + (one[key] ?? 0), 0);
  const alive = workers.filter(({ live }) => live);
  const busy = alive.reduce((total, one) => total + held(one), 0);
  const slots = alive.reduce((total, { concurrency }) => total + (concurrency ?? 0), 0);
  const oldest = queues.map(({ oldest_ready_at: at }) => at).filter(Boolean).toSorted()[0];
  const tiles = [
    ["Ready", count(sum("ready")), oldest ? `oldest ${ago(oldest, now)}` : "nothing waits"],
    ["Running", count(sum("claimed")), `${busy} of ${slots} slots`],
    [
      "Completed",
      count(sum("completed")),
      `${count(sum("completed_last_minute"))} in a minute, ${count(sum("completed_last_hour"))} in an hour`,
    ],
    [
      "Failed",
      count(sum("failed")),
      `${count(sum("failed_last_hour"))} in an hour`,
      sum("failed_last_hour") > 0 ? "failed" : "",
    ],
    [
      "Dead letters",
      count(sum("dead_letters")),
      sum("dead_letters") > 0 ? "wait for you" : "none waits",
      sum("dead_letters") > 0 ? "failed" : "",
      "#/dead-letters",
    ],
    [
      "Workers",
      count(alive.length),
      alive.length < workers.length ? `${workers.length - alive.length} silent` : "all beat",
      alive.length < workers.length || alive.length === 0 ? "held" : "",
    ],
  ];
  return html`<div class="tiles">${
    tiles.map(([name, value, more, state = "", href]) => {
      const content =
        html`<span class="quiet">${name}</span><b class=${state}>${value}</b><small>${more}</small>`;
      return href
        ? html`<a class="tile" href=${href}>${content}</a>`
        : html`<div class="tile">${content}</div>`;
    })
  }</div>`;
}

function Charts({ queue, theme }) {
  const history = useHistory();
  if (!history) return html`<div class="charts"></div>`;
  const { times } = history;
  const line = (name, state = name) => ({ name, state, values: series(history, queue, state) });
  const rate = (name, state) => ({ name, state, values: perMinute(times, series(history, queue, state)) });
  return html`
    <div class="charts">
      <${Chart} title="Ends per minute" times=${times} theme=${theme} lines=${[
        rate("completed", "completed"),
        rate("failed", "failed"),
      ]} />
      <${Chart} title="Tasks" times=${times} theme=${theme} lines=${[
        line("ready"),
        line("running", "claimed"),
        line("scheduled"),
        line("blocked"),
      ]} />
    </div>
  `;
}

function Queues({ queues, queue, setQueue, mayWrite, now, reload }) {
  return html`
    <${Table} label="Queues" head=${[
      "Queue",
      "Now",
      "#Ready",
      "#Running",
      "#Scheduled",
      "#Blocked",
      "#Held",
      "#Done/min",
      "#Failed/h",
      "Oldest ready",
      "",
    ]}
      rows=${queues.map((one) =>
        html`<tr class=${queue === one.queue_name ? "chosen" : ""}>
      <td><button type="button" class="link" aria-pressed=${
          queue === one.queue_name
        } title="Show only this queue above"
        onClick=${() => setQueue(queue === one.queue_name ? "" : one.queue_name)}>${one.queue_name}</button>
        ${
          one.paused && html`
            <${State} of="paused" />
          `
        }</td>
      <td><${Depth} of=${one} /></td>
      ${
          ["ready", "claimed", "scheduled", "blocked", "held"].map((key) =>
            html`
              <td
                class="number"><a class="plain ${one[key]
                  ? ""
                  : "quiet"}" href="#/tasks?queue=${encodeURIComponent(one.queue_name)}&state=${key}">${count(
                    one[key],
                  )}</a></td>
            `
          )
        }
      <td class="number">${count(one.completed_last_minute)}</td>
      <td class="number ${one.failed_last_hour ? "failed-text" : "quiet"}">${count(one.failed_last_hour)}</td>
      <td><${Ago} time=${one.oldest_ready_at} now=${now} /></td>
      <td class="number">${
          mayWrite && html`
            <${Action} done=${reload} label=${one.paused ? "Resume" : "Pause"} confirm=${one.paused
              ? undefined
              : "Pause?"}
              path="api/queues/${encodeURIComponent(one.queue_name)}/${one.paused ? "resume" : "pause"}" />
          `
        }</td>
    </tr>`
      )} />
  `;
}

/** What stands in a queue, as a bar. */
function Depth({ of }) {
  const total = DEPTHS.reduce((sum, key) => sum + (of[key] ?? 0), 0);
  if (total === 0) return html`<span class="bar empty" title="nothing waits or runs"></span>`;
  const title = DEPTHS.filter((key) => of[key]).map((key) => `${of[key]} ${key}`).join(", ");
  return html`
    <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img"
      aria-label=${title}><title>${title}</title>
        ${DEPTHS.map((key, index) => {
          const before = DEPTHS.slice(0, index).reduce((sum, other) => sum + (of[other] ?? 0), 0);
          return html`<rect class="fill-${key}" x=${before / total * 100} width=${
            (of[key] ?? 0) / total * 100
          } height="8" />`;
        })}</svg>
  `;
}

/** Tasks that a worker runs or is about to. */
function held({ tasks, reserved }) {
  return tasks.length + reserved;
}

function Workers({ workers, now }) {
  if (!workers) return null;
  if (workers.length === 0) {
    return html`<${Nothing}>No worker is registered. <code>absurd worker</code> starts one.<//>`;
  }
  return html`
    <${Table} label="Workers" head=${["Worker", "Host", "Queues", "#Busy", "Runs", "Last beat", "Started"]}
      rows=${workers.map((one) =>
        html`
          <tr>
            <td class="id" title=${one.worker_id}>${one.worker_id.slice(0, 28)}</td>
            <td>${one.hostname ?? "–"}</td>
            <td>${one.queue_names.join(", ")}</td>
            <td class="number">${held(one)} / ${one.concurrency ?? "?"}</td>
            <td>${one.tasks.slice(0, 6).map((task) =>
              html`
                <span class="run"><${TaskLink} id=${task.task_id}>${task.task_name}<//></span>
              `
            )}${one.tasks.length > 6 && `+${one.tasks.length - 6}`}</td>
            <td class=${one.live ? "" : "failed-text"}><${Ago} time=${one
              .heartbeat_at} now=${now} />${!one.live && " silent"}</td>
            <td>
              <${Ago} time=${one.started_at} now=${now} />
            </td>
          </tr>
        `
      )} />
  `;
}

function Feed() {
  const live = useLive(({ update }) => update !== undefined, 200);
  if (live.recent.length === 0) return html`<${Nothing}>Nothing has happened since this page was opened.<//>`;
  return html`<ol class="feed" aria-label="Events">${
    live.recent.slice(0, 14).map((event) =>
      html`<li key=${event.cursor}>
    <time>${clockTime(event.update.at)}</time>
    ${
        event.type === "workflow_update"
          ? html`<a href="#/workflows/${event.workflow_id}">workflow ${
            event.update.name ?? shortId(event.workflow_id)
          }</a>`
          : html`<${TaskLink} id=${event.task_id}>${event.task_name}<//>`
      }
    ${
        event.update.progress
          ? html`<span class="quiet ellipsis">${Math.round((event.update.progress.fraction ?? 0) * 100)}% ${
            event.update.progress.message ?? ""
          }</span>`
          : html`<${State} of=${event.update.status} />`
      }
    ${event.update.error && html`<span class="quiet ellipsis">${event.update.error}</span>`}
  </li>`
    )
  }</ol>`;
}

function Errors({ errors, now }) {
  if (!errors) return null;
  if (errors.length === 0) return html`<${Nothing}>No attempt has failed.<//>`;
  return html`<${Table} label="Newest failures" head=${["Task", "Error", "When"]} rows=${
    errors.map((one) =>
      html`
        <${Row} href="#/tasks/${one.task_id}">
          <td>
            <${TaskLink} id=${one.task_id}>${one.task_name}<//></td>
              <td class="error-text">${one.error}</td><td><${Ago} time=${one.at} now=${now} /></td><//>
      `
    )
  } />`;
}
