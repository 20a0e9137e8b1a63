/** Those of `sides` that were asked for, all when none was. Throws for a name that is not among them. */
export const chosenOf = <Side extends { readonly name: string }>(
  sides: readonly Side[],
  asked: readonly string[],
): readonly Side[] => {
  const unknown = asked.filter((name) => !sides.some((side) => side.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `No side is called ${unknown.join(', ')}. Choose from: ${sides.map((side) => side.name).join(', ')}.`,
    );
  }
  return sides.filter((side) => asked.length === 0 || asked.includes(side.name));
};

/** What each side is, for a table's notes. */
export const describe = (sides: readonly { readonly name: string; readonly note: string }[]): string[] =>
  sides.map((side) => `${side.name}: ${side.note}.`);
