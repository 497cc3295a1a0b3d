/**
 * The metrics that routers write and dashboards, alarms and `metricInvocations` read. Every series carries the platform's
 * name; the one without a model counts all of its models together.
 */
export const servingSeries = {
  namespace: 'Sluice',
  /** What Powertools calls the name of who writes: here the platform's. */
  platformDimension: 'service',
  modelDimension: 'model',
  invocations: 'Invocations',
  errors: 'Errors',
  latency: 'Latency',
  capturesLost: 'CapturesLost',
  /** Counted out of the log, and without dimensions: the platform's name is at the end of theirs. */
  driftRaised: 'DriftRaised',
  webhooksGivenUp: 'WebhooksGivenUp',
  /** Whatever of these somebody is to look at, in one series, since each that an alarm looks at is paid. */
  monitoringTells: 'MonitoringTells',
} as const
