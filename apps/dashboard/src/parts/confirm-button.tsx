import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ApiError } from '../api/request.ts';
import { Dialog } from './dialog.tsx';

interface ConfirmButtonProps {
  readonly label: string;
  readonly title: string;
  /** On the button that does it: a verb. */
  readonly verb: string;
  readonly isDisabled?: boolean | undefined;
  /** Resolves to what came of it. */
  readonly act: () => Promise<string>;
  /** What it does, and whether it can be taken back. */
  readonly children: ComponentChildren;
}

/** A button that asks before it does anything, and tells afterwards what came of it. */
export const ConfirmButton = ({ label, title, verb, isDisabled = false, act, children }: ConfirmButtonProps) => {
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState('');
  const [error, setError] = useState<ApiError>();
  const open = () => {
    setError(undefined);
    setOutcome('');
    setOpen(true);
  };
  const doIt = async () => {
    setBusy(true);
    try {
      setOutcome(await act());
      setOpen(false);
    } catch (fault) {
      setError(fault as ApiError);
    } finally {
      setBusy(false);
    }
  };
  return (
    <span class="confirm">
      <button type="button" class="button" disabled={isDisabled} onClick={open}>
        {label}
      </button>
      <span role="status">{outcome}</span>
      <Dialog title={title} isOpen={isOpen} onClose={() => setOpen(false)}>
        {children}
        {error && (
          <p class="tone-bad" role="alert">
            {error.message}
          </p>
        )}
        <p class="dialog-buttons">
          <button type="button" class="button" onClick={() => setOpen(false)}>
            Cancel
          </button>
          <button type="button" class="button button-main" disabled={isBusy} onClick={doIt}>
            {verb}
          </button>
        </p>
      </Dialog>
    </span>
  );
};
