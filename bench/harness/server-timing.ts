/** The stages of a `server-timing` header that have a duration, milliseconds (W3C Server Timing). */
export const stagesOf = (header: string): ReadonlyMap<string, number> =>
  new Map(
    header.split(',').flatMap((entry) => {
      const [name = '', ...parameters] = entry.split(';').map((part) => part.trim());
      const duration = parameters.find((parameter) => parameter.startsWith('dur='));
      return duration === undefined ? [] : [[name, Number(duration.slice(4))] as const];
    }),
  );
