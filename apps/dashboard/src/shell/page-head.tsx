import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface PageHeadProps {
  readonly title: string;
  /** What narrows down what the page shows. */
  readonly children?: ComponentChildren;
}

/** The name of the page, also that of the window. */
export const PageHead = ({ title, children }: PageHeadProps) => {
  useEffect(() => {
    document.title = `${title} – Hotpath`;
  }, [title]);
  return (
    <div class="page-head">
      <h1 tabIndex={-1}>{title}</h1>
      {children && <div class="controls">{children}</div>}
    </div>
  );
};
