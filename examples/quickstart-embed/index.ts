import { createHotpath } from '@hotpath/runtime';

await using hotpath = await createHotpath();
const { text, cache } = await hotpath.router.query({ prompt: 'Say hello.' });
console.log(`${text} (cache ${cache})`);
