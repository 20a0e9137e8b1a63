import { request } from 'node:http';

/** What a control address answers, on a connection of its own. */
export const getJson = <Answer>(url: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    request(url, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.on('end', () => {
        try {
          resolve(JSON.parse(text) as Answer);
        } catch (cause) {
          reject(new Error(`${url} answered ${response.statusCode}: ${text.slice(0, 200)}`, { cause }));
        }
      });
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
