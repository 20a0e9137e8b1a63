import type { ComponentChildren } from 'preact';

interface EmptyProps {
  readonly title: string;
  /** What to do. */
  readonly children: ComponentChildren;
}

/** Stands where there is nothing yet, and says how something comes there. */
export const Empty = ({ title, children }: EmptyProps) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    <div>{children}</div>
  </div>
);
