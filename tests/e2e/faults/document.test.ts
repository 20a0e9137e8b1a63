import { expect, it } from 'vitest';
import { renderDocument, renderTable } from './document.ts';

it('is what docs/guide/faults.md says', async () => {
  console.log(renderTable());
  await expect(renderDocument()).toMatchFileSnapshot('../../../docs/guide/faults.md');
});
