/** One task: what it is, why it stands where it stands, its attempts, and its log as it is written. */

import { html, useEffect, useRef, useState } from "./vendor/libraries.js";
import { call, useDocument } from "./connection.js";
import { byteSize, duration, fullTime, shortId } from "./format.js";
import { Action, Ago, Json, Nothing, Problem, Progress, State, Table, TaskLink, useNow } from "./widgets.js";

const MAX_LOG = 2_000_000;

/** The view. */
export function TaskView({ id, mayWrite }) {
  const concerns = (event) =>
    event.task_id === id || event.workflow_id !== null && event.type === "workflow_update";
  const { data: task, error, reload } = useDocument(`api/tasks/${id}`, { concerns });
  const { data: why } = useDocument(task && !task.finished_at ? `api/tasks/${id}/why` : null, {
    concerns,
    everyMs: 5000,
  });
  const now = useNow();
  if (!task) return html`<${Problem} error=${error} />`;
  const over = ["completed", "failed", "cancelled"].includes(task.status);
  return html`
    <header class="head">
      <h1>${task.task_name} <${State} of=${task.state} /></h1>
      ${mayWrite && html`<span class="actions">
        ${
        !over && html`
          <${Action} path="api/tasks/${id}/cancel" body=${{
            reason: "cancelled on the page",
          }} label="Cancel" confirm="Cancel this task?"
            kind="danger" done=${reload} />
        `
      }
        ${
        ["failed", "cancelled"].includes(task.status) &&
        html`<${Action} path="api/tasks/${id}/retry" label="Retry" kind="primary" done=${reload} />`
      }
      </span>`}
    </header>
    <${Problem} error=${error} />
    ${task.status === "claimed" && html`<${Progress} of=${task.progress} />`}
    ${task.error && html`<p class="error-box">${
      task.error_reason !== "error" && html`
        <b>${task.error_reason}</b>
      `
    }${task.error}</p>`}
    ${why?.reasons.length > 0 &&
      html`<ul class="why">${why.reasons.map((reason) => html`<li>${sentence(reason, now)}</li>`)}</ul>`}
    <dl class="fields">${fields(task, now).map(([name, value]) =>
      html`
        <dt>${name}</dt>
        <dd>${value}</dd>
      `
    )}</dl>
    <section>
      <h2>Attempts</h2>
      <${Attempts} of=${task} now=${now} />
    </section>
    <section>
      <h2>Log</h2>
      <${Log} task=${task} />
    </section>
    <div class="columns">
      <section><h2>Params</h2><${Json} value=${task.params} /></section>
      ${task.result !== null && html`
        <section>
          <h2>Result</h2>
          <${Json} value=${task.result} />
        </section>
      `}
    </div>
  `;
}

function fields(task, now) {
  const all = [
    ["Task", html`<code>${task.task_id}</code>`],
    ["Queue", task.queue_name],
    [
      "Workflow",
      task.workflow_id &&
      html`<a href="#/workflows/${task.workflow_id}">${shortId(task.workflow_id)}</a>${
        task.step_name && `, step ${task.step_name}`
      }`,
    ],
    [
      "Waits for",
      task.depends_on.length > 0 && task.depends_on.map((parent) =>
        html`
          <${TaskLink} id=${parent.task_id}>${parent.step_name ??
            shortId(parent.task_id)}<//> <${State} of=${parent.status} />
        `
      ),
    ],
    ["Key", task.key],
    ["Priority", task.priority || null],
    ["Failures", `${task.failures}${task.max_retries === null ? "" : ` of ${task.max_retries + 1} allowed`}`],
    ["Worker", task.status === "claimed" && task.worker_id],
    ["Spawned", html`<${Ago} time=${task.created_at} now=${now} />`],
    ["Due", task.state === "scheduled" && html`<${Ago} time=${task.run_at} now=${now} />`],
    [
      "Claimed",
      task.status !== "pending" && task.claimed_at && html`<${Ago} time=${task.claimed_at} now=${now} />`,
    ],
    ["Last beat", task.status === "claimed" && html`<${Ago} time=${task.heartbeat_at} now=${now} />`],
    ["Ended", task.finished_at && html`<${Ago} time=${task.finished_at} now=${now} />`],
    ["Cancelled", task.cancel_reason],
    ["Because of", task.cause_task_id && html`<${TaskLink} id=${task.cause_task_id} />`],
  ];
  return all.filter(([, value]) => value !== null && value !== undefined && value !== false);
}

/** What holds a task back, in words. */
function sentence(reason, now) {
  const time = (at) => html`<${Ago} time=${at} now=${now} />`;
  switch (reason.kind) {
    case "parent":
      return html`Waits for <${TaskLink} id=${reason.task_id}>${
        reason.step_name ?? reason.task_name
      }<//>, which is <${State} of=${reason.state} />`;
    case "ancestor":
      return html`<${TaskLink} id=${reason.task_id}>${reason.task_name}<//> is <${State} of=${reason.status} />${
        reason.dead_letter && html`, and its <a href="#/dead-letters">dead letter</a> waits for a replay`
      }`;
    case "time":
      return html`Not before ${fullTime(reason.until_at)} (${time(reason.until_at)})`;
    case "backoff":
      return html`Is tried again ${time(reason.until_at)}, after ${reason.failures} failure${
        reason.failures === 1 ? "" : "s"
      }`;
    case "paused":
      return "Its queue is paused";
    case "limit":
      return "A limit on claims is reached";
    case "not_offered":
      return "No live worker offers tasks of this name";
    case "turn":
      return "Is ready, and waits for its turn";
    case "reserved":
      return html`Was reserved by <span class="id">${reason.worker_id}</span> ${
        time(reason.reserved_at)
      }, to run within a moment`;
    case "running":
      return html`Runs as attempt ${reason.attempt} on <span class="id">${reason.worker_id}</span>, until ${
        time(reason.deadline_at)
      } at most`;
    case "silent":
      return html`Its worker has been silent since ${
        time(reason.heartbeat_at)
      }: it is about to be taken back`;
    case "expired":
      return "Is over its time limit, and being ended";
    case "dying":
      return "Processes of a cancelled attempt are still being ended";
    default:
      return reason.kind;
  }
}

function Attempts({ of, now }) {
  const ended = of.attempts ?? [];
  if (ended.length === 0 && of.status !== "claimed") return html`<${Nothing}>It has not run yet.<//>`;
  const running = of.status === "claimed" && html`
    <tr>
      <td class="number">${of.attempt}</td>
      <td>
        <${State} of="claimed" />
      </td>
      <td>
        <${Ago} time=${of.claimed_at} now=${now} />
      </td>
      <td>${duration(now - Date.parse(of.claimed_at))}</td>
      <td></td>
      <td></td>
      <td class="id">${of.worker_id}</td>
    </tr>
  `;
  return html`<${Table} label="Attempts" head=${[
    "#Attempt",
    "Outcome",
    "Began",
    "Took",
    "Memory",
    "Why",
    "Worker",
  ]} rows=${[
    running,
    ...ended.toReversed().map((one) =>
      html`
        <tr>
          <td class="number">${one.attempt}</td>
          <td>
            <${State} of=${one.outcome} />
          </td>
          <td>
            <${Ago} time=${one.claimed_at} now=${now} />
          </td>
          <td>${duration(one.duration_ms ?? Date.parse(one.finished_at) - Date.parse(one.claimed_at))}</td>
          <td>${one.peak_memory_bytes ? byteSize(one.peak_memory_bytes) : ""}</td>
          <td class="error-text">${[one.reason, one.message].filter(Boolean).join(": ")}${one.exit_code
            ? ` (exit ${one.exit_code})`
            : ""}${one.signal ? ` (${one.signal})` : ""}</td>
          <td class="id">${one.worker_id}</td>
        </tr>
      `
    ),
  ]} />`;
}

/** The log: pieces as they come, and what was kept of attempts that were too short to have any. */
function Log({ task }) {
  const [entries, setEntries] = useState(/** @type {any[]} */ ([]));
  const [follow, setFollow] = useState(true);
  const box = useRef(null);
  const running = task.status === "claimed";
  useEffect(() => {
    let stopped = false, timer, last = { attempt: 0, chunk: 0 }, all = [];
    const read = async () => {
      const more = await call(
        `api/tasks/${task.task_id}/logs?after_attempt=${last.attempt}&after_chunk=${last.chunk}&limit=1000`,
      )
        .catch(() => []);
      if (stopped) return;
      if (more.length > 0) {
        last = more.at(-1);
        all = [...all, ...more];
        setEntries(all);
      }
      if (more.length === 1000) read();
      else if (running) timer = setTimeout(read, 1000);
    };
    setEntries([]);
    read();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [task.task_id, task.attempt, task.status]);
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [entries, follow]);
  const withPieces = new Set(entries.map(({ attempt }) => attempt));
  const kept = (task.attempts ?? []).filter(({ attempt, log_tail: log }) => log && !withPieces.has(attempt))
    .map(({ attempt, log_tail: text }) => ({ attempt, text }));
  const parts = [...kept, ...entries].toSorted((a, b) => a.attempt - b.attempt);
  const text = parts.map((part, index) =>
    part.attempt === parts[index - 1]?.attempt ? part.text : `── attempt ${part.attempt} ──\n${part.text}`
  ).map((part) => part.endsWith("\n") ? part : `${part}\n`).join("").slice(-MAX_LOG);
  if (text === "") {
    return html`<${Nothing}>${running ? "It has written nothing yet." : "It wrote nothing."}<//>`;
  }
  const onScroll = ({ target }) =>
    setFollow(target.scrollHeight - target.scrollTop - target.clientHeight < 30);
  return html`<pre class="log" tabindex="0" ref=${box} onScroll=${onScroll}>${text}</pre>
    ${running && html`<p class="quiet">${follow ? "Following" : "Scroll to the end to follow"}</p>`}`;
}
