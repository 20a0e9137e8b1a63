import type { OverviewView } from '../api/contract.ts';
import { request, withQuery } from '../api/request.ts';
import { useResource } from '../api/use-resource.ts';
import { Select } from '../parts/select.tsx';
import { goTo } from '../url/location.ts';
import { type FilterName, filterNames, fromTheNewest, type Place, withParams } from '../url/place.ts';
import { rangeOf } from '../url/range.ts';

interface FiltersProps {
  readonly place: Place;
  /** @default all */
  readonly names?: readonly FilterName[];
}

const titles = { model: 'Model', provider: 'Provider', key: 'Key', agent: 'Agent', command: 'Command' } as const;

type Options = Readonly<Record<FilterName, readonly (readonly [value: string, title: string])[]>>;

const optionsOf = (view: OverviewView | undefined): Options => ({
  model: [...new Set(view?.models.map(({ model }) => model))].map((model) => [model, model]),
  provider: [...new Set(view?.models.map(({ provider }) => provider))].map((provider) => [provider, provider]),
  key: (view?.keys ?? []).map(({ key, name }) => [key, name ?? (key === '' ? 'without a key' : key)]),
  agent: (view?.agents ?? []).map(({ agent }) => [agent, agent]),
  command: (view?.commands ?? []).map(({ command }) => [command, command]),
});

/** Narrows down what the page shows to one model, provider, key, agent or command of those there were. */
export const Filters = ({ place, names = filterNames }: FiltersProps) => {
  const { params } = place;
  const key = params.range ?? `${params.from} ${params.to}`;
  const { value } = useResource(`filters ${key}`, (signal) => {
    const { from, to } = rangeOf(params, Date.now());
    return request<OverviewView>(withQuery('dashboard/v1/overview', { from, to }), { signal });
  });
  const options = optionsOf(value);
  const isFiltered = names.some((name) => params[name] !== undefined);
  return (
    <>
      {names.map((name) => {
        const chosen = params[name] ?? '';
        const known = options[name].filter(([each]) => each !== '');
        const all =
          known.some(([each]) => each === chosen) || chosen === '' ? known : [...known, [chosen, chosen] as const];
        return (
          <Select
            key={name}
            label={titles[name]}
            value={chosen}
            options={[{ value: '', title: 'All' }, ...all.map(([each, title]) => ({ value: each, title }))]}
            onChange={(next) => goTo(withParams(place, { [name]: next, ...fromTheNewest }))}
          />
        );
      })}
      {isFiltered && (
        <button
          type="button"
          class="button"
          onClick={() =>
            goTo(withParams(place, { ...Object.fromEntries(names.map((name) => [name, undefined])), ...fromTheNewest }))
          }
        >
          Clear filters
        </button>
      )}
    </>
  );
};
