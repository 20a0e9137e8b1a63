import type { AlertsView, AnomaliesView } from '../api/contract.ts';
import { request } from '../api/request.ts';
import { useResource } from '../api/use-resource.ts';
import { warningOf } from './warning.ts';

interface WarningSignProps {
  readonly hasStore: boolean;
}

const alertsMs = 15_000;
const anomaliesMs = 300_000;

/** Stands beside the name of the page that tells more. */
export const WarningSign = ({ hasStore }: WarningSignProps) => {
  const { value: alerts } = useResource(
    'alerts sign',
    (signal) => request<AlertsView>('dashboard/v1/alerts', { signal }),
    alertsMs,
  );
  const { value: anomalies } = useResource(
    hasStore ? 'anomalies sign' : null,
    (signal) => request<AnomaliesView>('dashboard/v1/anomalies', { signal }),
    anomaliesMs,
  );
  const warning = warningOf(alerts, anomalies);
  return (
    warning && (
      <span class={`sign sign-${warning.tone}`} title={warning.text}>
        {warning.count}
        <span class="hidden">: {warning.text}</span>
      </span>
    )
  );
};
