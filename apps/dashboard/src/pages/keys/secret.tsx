import { useEffect, useRef, useState } from 'preact/hooks';

interface SecretProps {
  readonly name: string;
  readonly secret: string;
}

/** A secret, as long as the page that got it is shown. */
export const Secret = ({ name, secret }: SecretProps) => {
  const [outcome, setOutcome] = useState('');
  const head = useRef<HTMLHeadingElement>(null);
  const box = useRef<HTMLInputElement>(null);
  // Whoever made it must not miss it.
  useEffect(() => head.current?.focus(), [secret]);
  const copy = async () => {
    box.current?.select();
    try {
      await navigator.clipboard.writeText(secret);
      setOutcome('Copied.');
    } catch {
      // Browsers have a clipboard for pages on this machine and by HTTPS alone.
      setOutcome('It is selected: copy it with the keyboard.');
    }
  };
  return (
    <section class="panel panel-asking" aria-labelledby="secret">
      <h2 id="secret" ref={head} tabIndex={-1}>
        The secret of {name}
      </h2>
      <p>It is told this once. Whoever has it may spend what the key may; keep it where passwords are kept.</p>
      <div class="controls">
        <span class="field field-secret">
          <input
            ref={box}
            readOnly
            aria-label="Secret"
            value={secret}
            onFocus={({ currentTarget }) => currentTarget.select()}
          />
        </span>
        <button type="button" class="button" onClick={() => void copy()}>
          Copy
        </button>
        <span role="status">{outcome}</span>
      </div>
    </section>
  );
};
