import { oneLine } from '../plain-text.ts';
import { formatQuantity } from '../quantity.ts';

/** Settings as indented lines, as they can be written in YAML. */
export const renderSettings = (value: object, indent: string): string =>
  Object.entries(value)
    .map(([name, item]) => {
      const key = oneLine(name);
      if (typeof item === 'number') return `${indent}${key}: ${formatQuantity(name, item)}\n`;
      if (Array.isArray(item))
        return `${indent}${key}: [${oneLine(item.map((each) => JSON.stringify(each)).join(', '))}]\n`;
      if (typeof item !== 'object' || item === null) {
        return `${indent}${key}: ${oneLine(JSON.stringify(item))}\n`;
      }
      const inner = renderSettings(item, `${indent}  `);
      return inner === '' ? `${indent}${key}: {}\n` : `${indent}${key}:\n${inner}`;
    })
    .join('');
