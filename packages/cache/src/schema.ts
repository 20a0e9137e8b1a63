/** A schema as https://standardschema.dev has it: Zod, Valibot, ArkType and others bring one. */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  };
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** The value as the schema gives it back. Throws where it does not fit; a schema that answers later fits nothing. */
export const checkAgainst = <Output>(schema: StandardSchema<Output>, value: unknown): Output => {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new TypeError('The schema answers asynchronously; a cache needs one that answers at once.');
  }
  if (result.issues !== undefined) throw new TypeError(result.issues.map(({ message }) => message).join('; '));
  return result.value;
};
