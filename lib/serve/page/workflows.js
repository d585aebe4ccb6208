/** Workflows, and one of them as a graph that lives. */

import { html } from "./vendor/libraries.js";
import { useDocument } from "./connection.js";
import { duration, shortId } from "./format.js";
import { Graph } from "./graph.js";
import { setFilter, TaskTable } from "./tasks.js";
import { Action, Ago, Json, Nothing, Problem, Row, State, Table, useNow } from "./widgets.js";

const STATUSES = ["running", "completed", "failed", "cancelled"];

/** The list. */
export function Workflows({ query }) {
  const status = query.get("status") ?? "";
  const { data: workflows, error } = useDocument(`api/workflows?limit=100${status && `&status=${status}`}`, {
    concerns: (event) => event.workflow_id !== null,
  });
  const now = useNow();
  return html`
    <header class="head">
      <h1>Workflows</h1>
      <form class="filters">
      <label>Status <select onChange=${(event) =>
        setFilter("workflows", query, "status", event.target.value)}>
        <option value="">all</option>${STATUSES.map((name) =>
          html`<option value=${name} selected=${name === status}>${name}</option>`
        )}
      </select></label></form>
    </header>
    <${Problem} error=${error} />
    ${workflows?.length === 0 &&
      html`<${Nothing}>${
        status
          ? "No workflow is like that."
          : html`No chain has been spawned. <code>absurd chain standard …</code> spawns one.`
      }<//>`}
    ${workflows?.length > 0 && html`
      <${Table} label="Workflows" head=${[
        "Workflow",
        "Name",
        "Status",
        "Steps",
        "Key",
        "Spawned",
        "Took",
        "Queue",
      ]}
        rows=${workflows.map((one) =>
          html`
            <${Row} key=${one.workflow_id} href="#/workflows/${one.workflow_id}">
              <td><a class="id" href="#/workflows/${one.workflow_id}">${shortId(one.workflow_id)}</a></td>
              <td>${one.name}</td>
              <td>
                <${State} of=${one.status} />
              </td>
              <td>
                <${Steps} of=${one.steps} />
              </td>
              <td class="quiet ellipsis">${one.key ?? ""}</td>
              <td>
                <${Ago} time=${one.created_at} now=${now} />
              </td>
              <td>${duration(
                (one.finished_at ? Date.parse(one.finished_at) : now) - Date.parse(one.created_at),
              )}</td>
              <td class="quiet">${one.queue_name}</td>
              <//>
          `
        )} />
    `}
  `;
}

/** A mark for each step. */
function Steps({ of }) {
  const shown = of.slice(0, 24);
  return html`<span class="steps">${
    shown.map((step) =>
      html`<i class="mark ${step.state}" title="${step.step_name ?? step.task_name}: ${step.state}"></i>`
    )
  }
    ${of.length > shown.length && html`<span class="quiet">+${of.length - shown.length}</span>`}</span>`;
}

/** One workflow. */
export function WorkflowView({ id, mayWrite }) {
  const { data: workflow, error, reload } = useDocument(`api/workflows/${id}`, {
    concerns: (event) => event.workflow_id === id,
  });
  const now = useNow();
  if (!workflow) return html`<${Problem} error=${error} />`;
  const failed = workflow.steps.filter(({ status }) => status === "failed");
  const reason = workflow.cancel_reason;
  return html`
    <header class="head">
      <h1>${workflow.name} <${State} of=${workflow.status} /></h1>
      ${mayWrite && html`<span class="actions">
        ${
        failed.length > 0 && html`
          <${Action} path="api/dead-letters/replay" body=${{
            "task_ids": failed.map(({ task_id: one }) => one),
          }} label="Replay failed steps" kind="primary"
            done=${reload} />
        `
      }
        ${
        workflow.status === "running" && html`
          <${Action} path="api/workflows/${id}/cancel" body=${{
            reason: "cancelled on the page",
          }} label="Cancel"
            confirm="Cancel all steps?" kind="danger" done=${reload} />
        `
      }
      </span>`}
    </header>
    <${Problem} error=${error} />
    <p
      class="quiet"><code>${workflow.workflow_id}</code> in ${workflow
        .queue_name}, spawned <${Ago} time=${workflow.created_at} now=${now} />${workflow.finished_at &&
        html`, ended <${Ago} time=${workflow.finished_at} now=${now} />`}${workflow.key &&
        html`, key <code>${workflow.key}</code>`}${reason && `, ${reason}`}</p>
    <${Graph} steps=${workflow.steps} now=${now} />
    ${failed.map((step) => html`<p class="error-box"><b>${step.step_name}</b> ${step.error}</p>`)}
    <section>
      <h2>Steps</h2>
      <${TaskTable} tasks=${workflow.steps} />
    </section>
    ${Object.keys(workflow.params ?? {}).length > 0 && html`
      <section>
        <h2>Params</h2>
        <${Json} value=${workflow.params} />
      </section>
    `}
  `;
}
