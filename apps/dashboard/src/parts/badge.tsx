export type Tone = 'good' | 'bad' | 'warn' | 'plain' | 'accent';

interface BadgeProps {
  readonly tone: Tone;
  readonly text: string;
}

/** A state: the word says it, the colour repeats it. */
export const Badge = ({ tone, text }: BadgeProps) => <span class={`badge badge-${tone}`}>{text}</span>;
