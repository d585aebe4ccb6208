/** Tasks that failed for good, and their replay. */

import { html } from "./vendor/libraries.js";
import { useDocument } from "./connection.js";
import { setFilter } from "./tasks.js";
import { Action, Ago, Nothing, Problem, Row, Table, TaskLink, useNow } from "./widgets.js";

/** The view. */
export function DeadLetters({ query, mayWrite }) {
  const filter = new URLSearchParams([...query].filter(([, value]) => value));
  const { data: letters, error, reload } = useDocument(`api/dead-letters?${filter}&limit=200`, {
    concerns: ({ update }) => update.status === "failed" || update.status === "pending",
  });
  const now = useNow();
  const ids = letters?.map(({ task_id: id }) => id) ?? [];
  return html`
    <header class="head"><h1>Dead letters</h1>
      <form class="filters" onSubmit=${(event) => event.preventDefault()}>
        <label>Name <input type="search" data-search placeholder="exact name" value=${query.get("name") ?? ""}
          onChange=${(event) =>
            setFilter("dead-letters", query, "name", event.target.value.trim())} /></label>
      </form>
      ${mayWrite && ids.length > 1 &&
        html`<span class="actions"><${Action} path="api/dead-letters/replay" body=${{ "task_ids": ids }}
        label="Replay these ${ids.length}" confirm="Replay all ${ids.length}?" kind="primary" done=${reload} /></span>`}
    </header>
    <${Problem} error=${error} />
    ${letters?.length === 0 && html`<${Nothing}>No dead letter waits. What fails for good comes here.<//>`}
    ${letters?.length > 0 && html`
      <${Table} label="Dead letters" head=${["Task", "Name", "Error", "#Failures", "Failed", "Queue", ""]}
        rows=${letters.map((one) =>
          html`
            <${Row} key=${one.task_id} href="#/tasks/${one.task_id}">
              <td>
                <${TaskLink} id=${one.task_id} />
              </td>
              <td>${one.task_name}${one.workflow_id && html`
                <a class="quiet" href="#/workflows/${one.workflow_id}">workflow</a>
              `}</td>
              <td class="error-text">${one.error_reason !== "error" && html`
                <b>${one.error_reason}</b>
              `}${one.error}</td>
              <td class="number">${one.failures}</td>
              <td>
                <${Ago} time=${one.failed_at} now=${now} />
              </td>
              <td class="quiet">${one.queue_name}</td>
              <td class="number">${mayWrite &&
                html`<${Action} path="api/dead-letters/replay" body=${{
                  "task_ids": [one.task_id],
                }} label="Replay" kind="primary" done=${reload} />`}</td>
              <//>
          `
        )} />
    `}
    ${!mayWrite && ids.length > 0 && html`
      <p
        class="quiet">To replay here, enter a token that may write (key at the top right). On the command line: <code>absurd dlq replay ID</code>.</p>
    `}
  `;
}
