import { Dialog } from '../parts/dialog.tsx';
import { useStore } from '../store.ts';
import type { Shortcut } from './shortcuts.ts';
import { shortcutsOn, switchShortcuts } from './use-shortcuts.ts';

interface HelpDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly shortcuts: readonly Shortcut[];
}

export const HelpDialog = ({ isOpen, onClose, shortcuts }: HelpDialogProps) => {
  const isOn = useStore(shortcutsOn);
  return (
    <Dialog title="Shortcuts" isOpen={isOpen} onClose={onClose}>
      <dl class="keys">
        {shortcuts.map(({ keys, about }) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{about}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={isOn}
          onChange={({ currentTarget }) => switchShortcuts(currentTarget.checked)}
        />
        These keys work
      </label>
      <p class="dialog-buttons">
        <button type="button" class="button button-main" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
};
