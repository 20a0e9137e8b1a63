import { jsonSchema } from 'ai';

/** A tool of the AI SDK, but for what it does. */
export const weatherTool = {
  description: 'Tells the weather',
  inputSchema: jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  }),
};
