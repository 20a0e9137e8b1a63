import { seededRandom } from '../../harness/statistics.ts';

interface Customer {
  readonly id: number;
  name: string;
  readonly email: string;
  readonly address: { readonly street: string; readonly city: string; readonly zip: string };
  readonly tags: readonly string[];
  readonly balance: number;
  readonly notes: string;
}

export interface BenchDocument {
  version: number;
  readonly regions: Record<string, Record<string, Customer>>;
}

/** How many maps the customers are in: a change of one copies the map it is in, or a part of the document. */
export const shapes = { nested: 100, wide: 1 } as const;
export type DocumentShape = keyof typeof shapes;

export const editCount = 50;
const customerCount = 14_000;

const regionOf = (shape: DocumentShape, id: number): string => `region-${id % shapes[shape]}`;

/** A document of 10 MB as text. */
export const documentText = (shape: DocumentShape): string => {
  const random = seededRandom(1);
  const word = (): string => Math.floor(random() * 2 ** 40).toString(36);
  const regions: Record<string, Record<string, Customer>> = {};
  for (let id = 0; id < customerCount; id += 1) {
    const name = regionOf(shape, id);
    const region = regions[name] ?? {};
    regions[name] = region;
    region[`customer-${id}`] = {
      id,
      name: `${word()} ${word()}`,
      email: `${word()}@${word()}.example`,
      address: { street: `${word()} street ${id % 200}`, city: word(), zip: String(10_000 + (id % 90_000)) },
      tags: [word(), word(), word()],
      balance: Math.floor(random() * 1e6) / 100,
      notes: Array.from({ length: 45 }, word).join(' '),
    };
  }
  return `${JSON.stringify({ version: 1, regions } satisfies BenchDocument, null, 1)}\n`;
};

/** Whom an edit is about, spread over all of the document: the map and the key in it. */
export const editedCustomer = (shape: DocumentShape, edit: number): readonly [string, string] => {
  const id = (edit * 541) % customerCount;
  return [regionOf(shape, id), `customer-${id}`];
};
export const newName = (edit: number): string => `Edited ${edit}`;

export const edit = (document: BenchDocument, shape: DocumentShape, number: number): BenchDocument => {
  const [region, key] = editedCustomer(shape, number);
  const customer = document.regions[region]?.[key];
  if (customer !== undefined) customer.name = newName(number);
  return document;
};

export const checkDocument = (text: string, shape: DocumentShape): void => {
  const { regions } = JSON.parse(text) as BenchDocument;
  for (let number = 0; number < editCount; number += 1) {
    const [region, key] = editedCustomer(shape, number);
    if (regions[region]?.[key]?.name !== newName(number)) throw new Error(`Edit ${number} is not in the document.`);
  }
  const count = Object.values(regions).reduce((sum, region) => sum + Object.keys(region).length, 0);
  if (count !== customerCount) throw new Error('The document has lost customers.');
};
