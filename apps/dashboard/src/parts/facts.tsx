import type { ComponentChildren } from 'preact';

interface FactsProps {
  readonly facts: readonly (readonly [name: string, value: ComponentChildren, width?: 'wide'])[];
  readonly isLoading?: boolean | undefined;
}

/** Names and values, as many beside each other as there is room for. */
export const Facts = ({ facts, isLoading = false }: FactsProps) => (
  <dl class="facts">
    {facts.map(([name, value, width]) => (
      <div key={name} class={width}>
        <dt>{name}</dt>
        <dd>{isLoading ? <span class="skeleton skeleton-text" /> : value}</dd>
      </div>
    ))}
  </dl>
);
