import { useState } from 'preact/hooks';
import type { ChangedKeyView, KeysView } from '../../api/contract.ts';
import { request } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { PlaceLink } from '../../parts/place-link.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { type Place, placeOf } from '../../url/place.ts';
import { KeyForm } from './key-form.tsx';
import { Secret } from './secret.tsx';

interface NewKeyProps {
  readonly place: Place;
}

/** Makes a key, and shows its secret. */
export const NewKey = ({ place }: NewKeyProps) => {
  const [made, setMade] = useState<ChangedKeyView>();
  const { value: known } = useResource('keys', (signal) => request<KeysView>('dashboard/v1/keys', { signal }));
  const create = async (body: Readonly<Record<string, unknown>>): Promise<string> => {
    setMade(await request<ChangedKeyView>('dashboard/v1/keys', { body }));
    return '';
  };
  return (
    <>
      <PageHead title="New key" />
      <p class="back">
        <PlaceLink to={placeOf('keys', place)}>All keys</PlaceLink>
      </p>
      {made?.secret === undefined ? (
        <section class="panel" aria-label="Settings">
          <KeyForm verb="Create" save={create} />
          {known?.keys.length === 0 && (
            <p class="muted">As soon as there is a key, the gateway answers nobody without one.</p>
          )}
        </section>
      ) : (
        <>
          <Secret name={made.key.name} secret={made.secret} />
          <p>
            <PlaceLink to={placeOf('keys', place, made.key.id)}>See the key</PlaceLink>
          </p>
        </>
      )}
    </>
  );
};
