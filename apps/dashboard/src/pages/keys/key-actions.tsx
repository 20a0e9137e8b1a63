import { useState } from 'preact/hooks';
import type { ChangedKeyView, DashboardKeyView } from '../../api/contract.ts';
import { request } from '../../api/request.ts';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { Select } from '../../parts/select.tsx';

interface KeyActionsProps {
  readonly value: DashboardKeyView;
  readonly onChanged: (changed: ChangedKeyView) => void;
  readonly onDeleted: () => void;
}

const graces = [
  { value: '0', title: 'not at all' },
  { value: '3600000', title: 'an hour' },
  { value: '86400000', title: 'a day' },
  { value: '604800000', title: 'a week' },
];

/** What is done to a key as a whole. */
export const KeyActions = ({ value: { id, name, status }, onChanged, onDeleted }: KeyActionsProps) => {
  const [grace, setGrace] = useState('86400000');
  const path = `dashboard/v1/keys/${encodeURIComponent(id)}`;
  const isOff = status === 'disabled';
  const rotate = async (): Promise<string> => {
    onChanged(await request<ChangedKeyView>(`${path}/rotate`, { body: { graceMs: Number(grace) } }));
    return 'It has a new secret.';
  };
  const turn = async (): Promise<string> => {
    onChanged(await request<ChangedKeyView>(path, { method: 'PATCH', body: { disabled: !isOff } }));
    return isOff ? 'It is on again.' : 'It is off.';
  };
  const remove = async (): Promise<string> => {
    await request(path, { method: 'DELETE' });
    onDeleted();
    return '';
  };
  return (
    <div class="controls">
      <ConfirmButton label="Rotate…" title={`Give ${name} a new secret?`} verb="Rotate" act={rotate}>
        <p>The new secret is told once. The one it has goes on for a while, so that whoever uses it can change.</p>
        <Select label="The old one stays valid" value={grace} options={graces} onChange={setGrace} />
      </ConfirmButton>
      <ConfirmButton
        label={isOff ? 'Switch on…' : 'Switch off…'}
        title={isOff ? `Switch ${name} on?` : `Switch ${name} off?`}
        verb={isOff ? 'Switch on' : 'Switch off'}
        act={turn}
      >
        <p>
          {isOff
            ? 'Whoever has its secret may ask again, within its limits.'
            : 'Requests that come with it are refused from now on, until it is switched on again.'}
        </p>
      </ConfirmButton>
      <ConfirmButton label="Delete…" title={`Delete ${name}?`} verb="Delete" act={remove}>
        <p>
          Requests that come with it are refused from now on; after the last key is gone, none needs one. What it has
          spent stays in the reports. It cannot be taken back.
        </p>
      </ConfirmButton>
    </div>
  );
};
