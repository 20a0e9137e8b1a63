export { type AlertList, type Alerts, type AlertsOptions, createAlerts } from './alerts/alerts.ts';
export { type CheckedRules, checkRules, type RuleProblem } from './alerts/check-rules.ts';
export { defaultRules } from './alerts/default-rules.ts';
export { cpuProfiles, type Evidence, type EvidenceOptions } from './alerts/evidence.ts';
export { type JudgeOnceOptions, judgeOnce } from './alerts/judge-once.ts';
export type { AlertFigure, AlertFilter, AlertRule } from './alerts/rule.ts';
export type { AlertSettings, RuleSettings } from './alerts/settings.ts';
export type { AlertSink } from './alerts/sink.ts';
export { type DesktopOptions, desktopSink } from './alerts/sinks/desktop.ts';
export { logSink } from './alerts/sinks/log.ts';
export { type WebhookOptions, webhookSink } from './alerts/sinks/webhook.ts';
export type { AlertStatus } from './alerts/status.ts';
export { anomalyTitles } from './anomalies/describe-anomaly.ts';
export {
  type Anomaly,
  type AnomalyFinding,
  type AnomalyOptions,
  findAnomalies,
  type HourFigure,
} from './anomalies/find-anomalies.ts';
export {
  type AnomalyFigure,
  type AnomalyReport,
  type FigureAnomalies,
  type ReadAnomaliesOptions,
  readAnomalies,
} from './anomalies/read-anomalies.ts';
export type { AnomalyWatchOptions, StoredChange } from './anomalies/watch-anomalies.ts';
export type { Clock } from './clock.ts';
export type { AlertChangeEvent } from './events.ts';
