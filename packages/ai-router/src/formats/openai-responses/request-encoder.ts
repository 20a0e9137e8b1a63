import type {
  AssistantPart,
  Json,
  JsonObject,
  Losses,
  ModelMessage,
  ModelRequest,
  ReasoningPart,
  RefusalPart,
  ResponseFormat,
  TextPart,
  ToolChoice,
} from '../../wire-format.ts';
import { notSayable } from '../request-fields.ts';
import { writtenEffort } from '../written-effort.ts';
import { writeAssistantPart, writeContent, writeUserPart } from './content.ts';
import { noArguments } from './output.ts';
import { writeSummary } from './reasoning.ts';

const protocol = 'openai-responses';

/**
 * Writes a Responses request. OpenAI keeps nothing of it (`store: false`), as clients of other protocols expect; its
 * reasoning comes back encrypted where the request is about reasoning at all, since older models refuse to be asked.
 */
export function encodeRequest(request: ModelRequest, losses?: Losses): JsonObject {
  refuseUnsayable(request);
  const reasoning = writeReasoningOptions(request, losses);
  return {
    model: request.model,
    input: request.messages.flatMap((message, index) => writeMessage(message, `messages[${index}]`, losses)),
    ...(request.tools && { tools: request.tools.map(writeTool) }),
    ...(request.toolChoice && { tool_choice: writeToolChoice(request.toolChoice) }),
    ...(request.parallelToolCalls !== undefined && { parallel_tool_calls: request.parallelToolCalls }),
    ...(request.responseFormat && { text: { format: writeFormat(request.responseFormat) } }),
    ...(reasoning && { reasoning }),
    ...(reasoning && reasoning.effort !== 'none' && { include: ['reasoning.encrypted_content'] }),
    ...(request.maxTokens !== undefined && { max_output_tokens: request.maxTokens }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...(request.user !== undefined && { user: request.user }),
    store: false,
    ...(request.stream && { stream: true }),
  };
}

/** Responses know no stop sequences and no sampling but by temperature and `top_p`. Values that say nothing are left out. */
function refuseUnsayable(request: ModelRequest): void {
  for (const name of ['topK', 'seed'] as const) {
    if (request[name] !== undefined) throw notSayable(name, protocol);
  }
  for (const name of ['frequencyPenalty', 'presencePenalty'] as const) {
    if (request[name]) throw notSayable(name, protocol);
  }
  if (request.stopSequences && request.stopSequences.length > 0) throw notSayable('stopSequences', protocol);
}

function writeMessage(message: ModelMessage, path: string, losses?: Losses): JsonObject[] {
  if (message.role === 'assistant') return writeTurn(message.content, path, losses);
  const content = writeContent(message.content, writeUserPart);
  if (message.role !== 'tool') return [{ type: 'message', role: message.role, content }];
  // How the tool failed is said in its result.
  if (message.isError) losses?.drop(`${path}.isError`);
  return [{ type: 'function_call_output', call_id: message.callId, output: content }];
}

/** What the model said in one turn: neighbouring texts in one message, everything else in an item of its own. */
function writeTurn(content: readonly AssistantPart[], path: string, losses?: Losses): JsonObject[] {
  const items: JsonObject[] = [];
  let said: (TextPart | RefusalPart)[] = [];
  const endMessage = (): void => {
    if (said.length === 0) return;
    items.push({ type: 'message', role: 'assistant', content: writeContent(said, writeAssistantPart) });
    said = [];
  };
  for (const [index, part] of content.entries()) {
    if (part.type === 'text' || part.type === 'refusal') {
      said.push(part);
      continue;
    }
    const item = part.type === 'tool-call' ? writeCall(part) : writeReasoning(part);
    if (item) {
      endMessage();
      items.push(item);
    } else {
      losses?.drop(`${path}.content[${index}]`);
    }
  }
  endMessage();
  return items;
}

const writeCall = (part: Extract<AssistantPart, { type: 'tool-call' }>): JsonObject => ({
  type: 'function_call',
  call_id: part.id,
  name: part.name,
  arguments: part.arguments || noArguments,
});

/** Only reasoning that OpenAI can prove to be its own goes back to it. */
function writeReasoning({ text, proof }: ReasoningPart): JsonObject | undefined {
  if (proof?.protocol !== protocol) return undefined;
  return {
    type: 'reasoning',
    ...(proof.id !== undefined && { id: proof.id }),
    summary: writeSummary(text),
    encrypted_content: proof.data,
  };
}

/** Left out, `strict` would mean true. */
const writeTool = ({
  name,
  description,
  parameters,
  strict,
}: NonNullable<ModelRequest['tools']>[number]): JsonObject => ({
  type: 'function',
  name,
  ...(description !== undefined && { description }),
  parameters,
  strict: strict ?? false,
});

const writeToolChoice = (choice: ToolChoice): Json =>
  typeof choice === 'string' ? choice : { type: 'function', name: choice.name };

function writeFormat(format: ResponseFormat): JsonObject {
  if (format.type === 'json') return { type: 'json_object' };
  const { name, schema, description, strict } = format;
  return {
    type: 'json_schema',
    name,
    schema,
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
  };
}

/** Nothing where the request is not about reasoning: models without it refuse to be asked. */
function writeReasoningOptions(request: ModelRequest, losses?: Losses): JsonObject | undefined {
  if (!request.reasoning) return undefined;
  const effort = writtenEffort(request, losses);
  if (effort === undefined && request.reasoning.effort === 'none') return undefined;
  return { ...(effort !== undefined && { effort }), ...(request.reasoning.visible && { summary: 'auto' }) };
}
