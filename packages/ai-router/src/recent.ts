/** Values by name, of which the one not asked for longest is forgotten once there are too many. */
export interface Recent<Value> {
  /** The value of that name, made where there is none. */
  get(name: string, create: () => Value): Value;
}

export function createRecent<Value>(most: number): Recent<Value> {
  const values = new Map<string, Value>();
  return {
    get(name, create) {
      const value = values.get(name) ?? create();
      // A map keeps the order in which names came in.
      values.delete(name);
      values.set(name, value);
      if (values.size > most) values.delete(values.keys().next().value as string);
      return value;
    },
  };
}
