/** What runs by the clock. */

import { html } from "./vendor/libraries.js";
import { useDocument } from "./connection.js";
import { Ago, Nothing, Problem, State, Table, useNow } from "./widgets.js";

/** The view. */
export function Schedules() {
  const { data: schedules, error } = useDocument("api/schedules", { everyMs: 5000 });
  const { data: schedulers } = useDocument("api/schedulers", { everyMs: 10_000 });
  const now = useNow();
  const alive = schedulers?.filter(({ live }) => live).length;
  return html`
    <header class="head">
      <h1>Schedules</h1>
    </header>
    <${Problem} error=${error} />
    ${schedules?.length > 0 && alive === 0 && html`
      <p
        class="problem"><strong>No scheduler is running</strong><span>absurd scheduler run fires what is due</span></p>
    `}
    ${schedules?.length === 0 &&
      html`<${Nothing}>There are no schedules. <code>absurd scheduler add NAME --cron '0 3 * * *' …</code> adds one.<//>`}
    ${schedules?.length > 0 && html`
      <${Table} label="Schedules" head=${[
        "Schedule",
        "State",
        "When",
        "Spawns",
        "Next run",
        "Last run",
        "Queue",
      ]}
        rows=${schedules.map((one) =>
          html`
            <tr>
              <td>${one.name}</td>
              <td>
                <${State} of=${one.state} />
              </td>
              <td><code>${one.cron_expression}</code> <span class="quiet">${one.timezone}</span></td>
              <td>${one.chain ? `chain ${one.chain.name ?? one.chain}` : one.task_name}</td>
              <td>
                <${Ago} time=${one.next_run_at} now=${now} />
              </td>
              <td>${one.last_run && html`<${LastRun} of=${one.last_run} now=${now} />`}${one.error &&
                html`<span class="failed-text">${one.error}</span>`}</td>
              <td class="quiet">${one.queue_name}</td>
            </tr>
          `
        )} />
    `}
  `;
}

function LastRun({ of, now }) {
  const link = of.workflow_id ? `#/workflows/${of.workflow_id}` : of.task_id ? `#/tasks/${of.task_id}` : null;
  const what = html`<${Ago} time=${of.fired_at ?? of.run_at ?? of.created_at ?? of.due_at} now=${now} />`;
  return html`${link ? html`<a href=${link}>${what}</a>` : what} <span class="quiet">${
    of.outcome ?? ""
  }</span>`;
}
