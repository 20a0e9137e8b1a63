import type { Waiting } from '../../api/run-views.ts';
import { ConfirmButton } from '../../parts/confirm-button.tsx';

interface ApprovalProps {
  readonly waiting: readonly Waiting[];
  readonly approve: (steps: readonly string[]) => Promise<string>;
}

/** Steps that wait for somebody to say yes. */
export const Approval = ({ waiting, approve }: ApprovalProps) => (
  <section class="panel panel-asking" aria-labelledby="approval">
    <h2 id="approval">It waits for a yes</h2>
    <ul class="asking">
      {waiting.map(({ step, question }) => (
        <li key={step}>
          <p>
            <b>{step}</b> {question}
          </p>
          <ConfirmButton label="Approve…" title={`Approve ${step}?`} verb="Approve" act={() => approve([step])}>
            <p>{question}</p>
            <p>The run goes on in the gateway.</p>
          </ConfirmButton>
        </li>
      ))}
    </ul>
  </section>
);
