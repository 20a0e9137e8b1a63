import { useState } from 'preact/hooks';
import type { ChangedKeyView } from '../../api/contract.ts';
import { request } from '../../api/request.ts';
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
          <p class="muted">As soon as there is a key, the gateway answers nobody without one.</p>
          <KeyForm verb="Create" save={create} />
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
