/** The sum of a counter's series that have all these labels. */
export const counterOf = (metrics: string, name: string, label = ''): number =>
  metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
