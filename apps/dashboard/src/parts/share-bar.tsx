interface ShareBarProps {
  /** From 0 to 1. */
  readonly share: number;
  readonly tone?: 'accent' | 'warn' | 'bad' | undefined;
}

/** A share as a bar, beside the figure that says it. */
export const ShareBar = ({ share, tone = 'accent' }: ShareBarProps) => (
  <span class="share" aria-hidden="true">
    {share > 0 && <i class={`share-${tone}`} style={{ width: `${Math.min(1, share) * 100}%` }} />}
  </span>
);
