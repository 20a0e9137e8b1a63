import type { RequestDetailView } from '../../api/contract.ts';

interface ContentPanelProps {
  readonly content: RequestDetailView['content'];
}

interface TextProps {
  readonly title: string;
  readonly text: string;
  readonly isCut: boolean;
}

const Text = ({ title, text, isCut }: TextProps) => (
  <>
    <h3 class="content-title">{isCut ? `${title} (cut: there was more)` : title}</h3>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
    <section class="content-text" tabIndex={0} aria-label={title}>
      {text || 'nothing'}
    </section>
  </>
);

/** What was asked and answered, where it was captured. */
export const ContentPanel = ({ content: { isCapturing, entry } }: ContentPanelProps) => (
  <section class="panel" aria-label="Prompt and answer">
    <div class="panel-head">
      <h2>Prompt and answer</h2>
    </div>
    {entry ? (
      <>
        <Text title="Prompt" text={entry.prompt} isCut={entry.isPromptCut} />
        <Text title="Answer" text={entry.answer} isCut={entry.isAnswerCut} />
      </>
    ) : isCapturing ? (
      <p class="muted">Those of this request were not captured, or are no longer kept.</p>
    ) : (
      <p class="muted">
        Not captured: that is switched off. <code>hotpath config set telemetry.content.enabled true</code> captures
        those to come, once the gateway is started again.
      </p>
    )}
  </section>
);
