import { useState } from 'preact/hooks';
import type { DashboardKeyView } from '../../api/contract.ts';
import type { ApiError } from '../../api/request.ts';
import { Field } from '../../parts/field.tsx';
import { changesOf, type Fields, fieldsOf, limits, periods } from './settings.ts';

interface KeyFormProps {
  /** Undefined for a new one. */
  readonly value?: DashboardKeyView | undefined;
  readonly verb: string;
  /** Rejects with an `ApiError`; resolves to what is to be said. */
  readonly save: (changes: Readonly<Record<string, unknown>>) => Promise<string>;
}

/** What an operator decides about a key. */
export const KeyForm = ({ value, verb, save }: KeyFormProps) => {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const [outcome, setOutcome] = useState('');
  const before = fieldsOf(value);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Fields;
    const changes = changesOf(fields, value && before);
    setError(undefined);
    setOutcome('');
    if (Object.keys(changes).length === 0) return setOutcome('Nothing was changed.');
    setBusy(true);
    try {
      setOutcome(await save(changes));
    } catch (fault) {
      setError(fault as ApiError);
    } finally {
      setBusy(false);
    }
  };
  const number = (name: string, title: string, step: string) => (
    <Field key={name} label={title} name={name} value={before[name]} type="number" min="0" step={step} />
  );
  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
      <Field label="Name" name="name" value={before.name} isRequired maxLength={100} isFirst={value === undefined} />
      <fieldset>
        <legend>Budget, dollars; empty is without one</legend>
        <div class="fields">{periods.map(({ name, title }) => number(`budget ${name}`, title, 'any'))}</div>
      </fieldset>
      <fieldset>
        <legend>Limits; empty is without one</legend>
        <div class="fields">{limits.map(({ name, title }) => number(name, title, '1'))}</div>
      </fieldset>
      <div class="fields">
        <Field label="Ends, at 00:00 UTC" name="expires" value={before.expires} type="date" />
      </div>
      <label class="field field-wide">
        <span>
          Models, one a line, such as <code>openai/*</code>; empty is all
        </span>
        <textarea name="models" rows={3} spellcheck={false} defaultValue={before.models} />
      </label>
      <div class="controls">
        <button type="submit" class="button button-main" disabled={isBusy}>
          {verb}
        </button>
        <span role="status">{outcome}</span>
      </div>
      {error && (
        <p class="tone-bad" role="alert">
          {error.message}
        </p>
      )}
    </form>
  );
};
