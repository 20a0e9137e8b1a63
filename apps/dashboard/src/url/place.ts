/** By the letter that follows `g`. */
export const pages = [
  { name: 'overview', title: 'Overview', key: 'o' },
  { name: 'requests', title: 'Requests', key: 'r' },
  { name: 'providers', title: 'Providers', key: 'p' },
  { name: 'cache', title: 'Cache', key: 'c' },
  { name: 'keys', title: 'Keys and budgets', key: 'k' },
  { name: 'alerts', title: 'Alerts', key: 'a' },
  { name: 'compare', title: 'Compare', key: 'm' },
  { name: 'runs', title: 'Runs and batches', key: 'u' },
  { name: 'plugins', title: 'Plugins', key: 'l' },
] as const;

export type PageName = (typeof pages)[number]['name'];
export type Params = Readonly<Record<string, string>>;

/** Where somebody is in the dashboard: all of it stands in the address, so that it can be sent and bookmarked. */
export interface Place {
  readonly page: PageName;
  /** Of one request, key, run or plugin. */
  readonly id: string | null;
  readonly params: Params;
  /** The address named a page that there is none of. */
  readonly isUnknown?: true;
}

export const filterNames = ['model', 'provider', 'key', 'agent', 'command'] as const;
export type FilterName = (typeof filterNames)[number];

/** They stay from page to page. */
const shared: readonly string[] = ['range', 'from', 'to', ...filterNames];

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Of an address's `#/requests/12?model=small`; what it does not know is told as such, and stands as the overview. */
export const parsePlace = (hash: string): Place => {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  const [name, ...rest] = path.split('/');
  const page = pages.find((each) => each.name === name)?.name;
  const params = Object.fromEntries([...new URLSearchParams(query)].filter(([, value]) => value !== ''));
  const id = (page && rest.length > 0 && decode(rest.join('/'))) || null;
  return { page: page ?? 'overview', id, params, ...(!page && name && { isUnknown: true }) };
};

export const showPlace = ({ page, id, params }: Place): string => {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== '')).toString();
  return `#/${page}${id === null ? '' : `/${encodeURIComponent(id)}`}${query === '' ? '' : `?${query}`}`;
};

/** Another page, with the time range and the filters of this one. */
export const placeOf = (page: PageName, { params }: Place, id: string | null = null): Place => ({
  page,
  id,
  params: Object.fromEntries(Object.entries(params).filter(([name]) => shared.includes(name))),
});

/** The same page with other parameters; `undefined` removes one. */
export const withParams = (place: Place, changes: Readonly<Record<string, string | undefined>>): Place => ({
  ...place,
  params: Object.fromEntries(
    Object.entries({ ...place.params, ...changes }).filter((entry): entry is [string, string] => Boolean(entry[1])),
  ),
});

/** Lists that are asked for anew begin with the newest. */
export const fromTheNewest = { before: undefined, foundBefore: undefined } as const;

/** Those parameters that narrow down what is asked for. */
export const filtersOf = ({ params }: Place): Params =>
  Object.fromEntries(filterNames.flatMap((name) => (params[name] === undefined ? [] : [[name, params[name]]])));
