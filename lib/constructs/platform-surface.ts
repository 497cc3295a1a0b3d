import type { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import type { IEventBus, Rule } from 'aws-cdk-lib/aws-events'
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { Construct, type IConstruct } from 'constructs'
import { awaitedEvents } from '../wiring/event-names.ts'
import { servingSeries } from '../wiring/serving-series.ts'
import { type ModelEventProps, ruleFor } from './platform-events.ts'
import {
  grantAliasPromotion,
  grantHistory,
  grantInvocation,
  grantPromotion,
  grantPublication,
} from './platform-grants.ts'
import { type ModelMetricOptions, servingMetric } from './platform-metrics.ts'

/** A platform as others see it, whether it stands in this stack or in another one. */
export interface IModelPlatform extends IConstruct {
  /** Begins the name of everything that its releases make. */
  readonly platformName: string
  /** Where applications call. */
  readonly apiUrl: string
  /** Where models are uploaded, under models/MODEL/VERSION/. */
  readonly storeBucket: IBucket
  /** Where it tells what happens. */
  readonly eventBus: IEventBus

  /**
   * Allow to ask for predictions, of whatever version, and to tell what they turned out to be.
   * @param models the names of those that may be asked; every model where none is named
   */
  grantInvoke(grantee: IGrantable, ...models: string[]): Grant
  /**
   * Allow what `sluice push` does: write under models/, and watch the release.
   * @param models the names of those that may be uploaded; every model where none is named
   */
  grantPublish(grantee: IGrantable, ...models: string[]): Grant
  /**
   * Allow to ask for promotions, rollbacks and shadows of every alias and for comparisons, to decide on promotions that
   * wait, and to watch them.
   * @param models the names of those that may be moved; every model where none is named
   */
  grantPromote(grantee: IGrantable, ...models: string[]): Grant
  /**
   * Allow to move these aliases and no others, and to decide on their promotions that wait for a person.
   * @param aliases such as `['staging']`
   * @param models the names of those that may be moved; every model where none is named
   */
  grantPromoteAlias(grantee: IGrantable, aliases: string[], ...models: string[]): Grant
  /**
   * Allow to read what there is and what happened, and to verify it; no prediction and no move.
   * @param models the names of those that may be read of; every model where none is named
   */
  grantReadHistory(grantee: IGrantable, ...models: string[]): Grant

  /** How many predictions were asked for. The sum over 5 minutes by default. */
  metricInvocations(options?: ModelMetricOptions): Metric
  /** How many of them were answered with 500 or more. The sum over 5 minutes by default. */
  metricErrors(options?: ModelMetricOptions): Metric
  /** How long the router took over an answer, milliseconds. The 95th percentile over 5 minutes by default. */
  metricLatency(options?: ModelMetricOptions): Metric

  /** When a version is ready: checked, deployed, proven, and reached by no traffic yet. */
  onReleased(id: string, props?: ModelEventProps): Rule
  /** When an alias has moved to a version for good. */
  onPromoted(id: string, props?: ModelEventProps): Rule
  /** When an alias has left a version again, by a verdict or by hand. */
  onRolledBack(id: string, props?: ModelEventProps): Rule
  /** When a release, a promotion, a rollback or a retirement has failed. */
  onFailed(id: string, props?: ModelEventProps): Rule
}

/** What grants, metrics and rules are made of: the same for a platform of this stack and for an imported one. */
export abstract class PlatformSurface extends Construct implements IModelPlatform {
  abstract readonly platformName: string
  abstract readonly apiUrl: string
  abstract readonly storeBucket: IBucket
  abstract readonly eventBus: IEventBus
  /** The execute-api ARN of a method and a path, either of which may be or hold a `*`. */
  protected abstract apiArnFor(method: string, path: string): string

  grantInvoke(grantee: IGrantable, ...models: string[]): Grant {
    return grantInvocation(this.access(), grantee, models)
  }

  grantPublish(grantee: IGrantable, ...models: string[]): Grant {
    return grantPublication(this.access(), grantee, models)
  }

  grantPromote(grantee: IGrantable, ...models: string[]): Grant {
    return grantPromotion(this.access(), grantee, models)
  }

  grantPromoteAlias(grantee: IGrantable, aliases: string[], ...models: string[]): Grant {
    return grantAliasPromotion(this.access(), grantee, aliases, models)
  }

  grantReadHistory(grantee: IGrantable, ...models: string[]): Grant {
    return grantHistory(this.access(), grantee, models)
  }

  metricInvocations(options: ModelMetricOptions = {}): Metric {
    return servingMetric(this, servingSeries.invocations, { statistic: 'sum', ...options })
  }

  metricErrors(options: ModelMetricOptions = {}): Metric {
    return servingMetric(this, servingSeries.errors, { statistic: 'sum', ...options })
  }

  metricLatency(options: ModelMetricOptions = {}): Metric {
    return servingMetric(this, servingSeries.latency, { statistic: 'p95', ...options })
  }

  onReleased(id: string, props: ModelEventProps = {}): Rule {
    return ruleFor(this, id, awaitedEvents.released, props)
  }

  onPromoted(id: string, props: ModelEventProps = {}): Rule {
    return ruleFor(this, id, awaitedEvents.promoted, props)
  }

  onRolledBack(id: string, props: ModelEventProps = {}): Rule {
    return ruleFor(this, id, awaitedEvents.rolledBack, props)
  }

  onFailed(id: string, props: ModelEventProps = {}): Rule {
    return ruleFor(this, id, awaitedEvents.failed, props)
  }

  private access() {
    return { bucket: this.storeBucket, arnFor: this.apiArnFor.bind(this) }
  }
}
