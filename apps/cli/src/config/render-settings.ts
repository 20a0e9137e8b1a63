import { formatQuantity } from '../quantity.ts';

/** Settings as indented lines, as they can be written in YAML. */
export const renderSettings = (value: object, indent: string): string =>
  Object.entries(value)
    .map(([key, item]) => {
      if (typeof item === 'number') return `${indent}${key}: ${formatQuantity(key, item)}\n`;
      if (Array.isArray(item)) return `${indent}${key}: [${item.map((each) => JSON.stringify(each)).join(', ')}]\n`;
      if (typeof item !== 'object' || item === null) {
        return `${indent}${key}: ${JSON.stringify(item)}\n`;
      }
      const inner = renderSettings(item, `${indent}  `);
      return inner === '' ? `${indent}${key}: {}\n` : `${indent}${key}:\n${inner}`;
    })
    .join('');
