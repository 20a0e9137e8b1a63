/** What a JSON value may look like where another of its kind stood. */
const anyText = '"[^"\\\\\\x00-\\x1f]*(?:\\\\(?:["\\\\/bfnrt]|u[\\da-fA-F]{4})[^"\\\\\\x00-\\x1f]*)*"';
const anyNumber = '-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?';
const anyWord = '(?:true|false|null)';

/** Names of fields, texts, numbers, words and what stands between them. */
const tokens = /"(?:[^"\\]|\\.)*"\s*:|("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|(true|false|null)|[^"\dtfn-]+/g;

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Events with more characters have no shape. */
export const largestShape = 4096;
const longestSource = 16_384;
/** Fields can be named by a client's own schema, without end. */
const mostShapes = 64;
const shapes = new Map<string, RegExp>();

/**
 * The shape of an event: matches any text that differs from it in values alone, text for text and number for number, and
 * so is JSON where this one is. One such test costs a fraction of a parse. `start` and `end` say where the JSON stands,
 * which must be sound. Shapes are shared by all streams, since they hold the names of fields and no value. Returns nothing
 * for an event too large to have one.
 */
export function shapeOf(event: string, start: number, end: number): RegExp | undefined {
  if (event.length > largestShape) return undefined;
  const json = event.slice(start, end).replaceAll(tokens, (token, isText, isNumber, isWord) => {
    return isText ? anyText : isNumber ? anyNumber : isWord ? anyWord : literal(token);
  });
  const source = `^${literal(event.slice(0, start))}${json}${literal(event.slice(end))}$`;
  if (source.length > longestSource) return undefined;
  const known = shapes.get(source);
  if (known) return known;
  const [oldest] = shapes.keys();
  if (shapes.size >= mostShapes && oldest !== undefined) shapes.delete(oldest);
  const shape = new RegExp(source);
  shapes.set(source, shape);
  return shape;
}
