// A tool as its users write it: nothing but the SDKs' own defaults, which come from the environment.
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

const model = process.env.MODEL ?? 'sim/sim-1';

const steps: Readonly<Record<string, (content: string) => Promise<string | null | undefined>>> = {
  async openai(content) {
    const answer = await new OpenAI().chat.completions.create({ model, messages: [{ role: 'user', content }] });
    return answer.choices[0]?.message.content;
  },
  async 'openai-stream'(content) {
    let text = '';
    const stream = await new OpenAI().chat.completions.create({
      model,
      messages: [{ role: 'user', content }],
      stream: true,
    });
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    return text;
  },
  async responses(content) {
    return (await new OpenAI().responses.create({ model, input: content })).output_text;
  },
  async anthropic(content) {
    const answer = await new Anthropic().messages.create({
      model,
      max_tokens: 100,
      messages: [{ role: 'user', content }],
    });
    return answer.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  },
  async 'anthropic-stream'(content) {
    const stream = new Anthropic().messages.stream({
      model,
      max_tokens: 100,
      messages: [{ role: 'user', content }],
    });
    return stream.finalText();
  },
  async models() {
    const ids: string[] = [];
    for await (const { id } of new OpenAI().models.list()) ids.push(id);
    return ids.join();
  },
  async exit(code) {
    process.exit(Number(code));
  },
  async forever() {
    process.on('SIGTERM', () => {
      console.log('ending');
      process.exit(9);
    });
    console.log('waiting');
    return new Promise(() => setInterval(() => {}, 1_000));
  },
};

/** Each argument is a step and what it is given: `openai:hello`. */
for (const argument of process.argv.slice(2)) {
  const [step = '', content = ''] = argument.split(':');
  console.log(`${step}: ${await steps[step]?.(content)}`);
}
