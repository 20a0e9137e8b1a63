import { useLayoutEffect, useRef } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly value: string | undefined;
  readonly type?: 'text' | 'number' | 'date' | undefined;
  readonly isRequired?: boolean | undefined;
  readonly min?: string | undefined;
  readonly step?: string | undefined;
  readonly maxLength?: number | undefined;
  /** Whether it has the focus as soon as it is there. @default false */
  readonly isFirst?: boolean | undefined;
}

/** A field of a form, with its name above. */
export const Field = ({ label, name, value, type = 'text', isRequired, min, step, maxLength, isFirst }: FieldProps) => {
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (isFirst) input.current?.focus();
  }, [isFirst]);
  const id = `field-${name}`;
  const shared = {
    ref: input,
    id,
    name,
    defaultValue: value,
    required: isRequired,
    autocomplete: 'off',
    spellcheck: false,
  } as const;
  return (
    <label class="field field-wide" for={id}>
      <span>{label}</span>
      {type === 'number' && <input {...shared} type="number" min={min} step={step} />}
      {type === 'date' && <input {...shared} type="date" min={min} />}
      {type === 'text' && <input {...shared} type="text" maxLength={maxLength} />}
    </label>
  );
};
