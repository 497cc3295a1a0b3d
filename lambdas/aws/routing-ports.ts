import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { shadowFunctionVariable } from '../../lib/wiring/environment.ts'
import { WithGraphs } from '../graph-host.ts'
import type { CaptureStore } from '../monitoring-ports.ts'
import type { Metrics, Ports } from '../ports.ts'
import type { NodeBook } from '../serving/graph/node-book.ts'
import { AsyncShadows } from './async-shadows.ts'
import { DynamoCallBook } from './dynamo-call-book.ts'
import { DynamoOutcomes } from './dynamo-outcomes.ts'
import { DynamoRegistry } from './dynamo-registry.ts'
import { endpointHosts } from './endpoint-hosts.ts'
import { LoggedCaptures } from './logged-captures.ts'
import { ServingMetrics } from './serving-metrics.ts'
import { setting } from './settings.ts'

/** What the router needs of AWS: the fewer clients in its bundle, the sooner it starts. */
export function routingPorts(): Pick<
  Ports,
  'registry' | 'metrics' | 'callers' | 'nodes' | 'host' | 'clock' | 'random'
> & {
  readonly captures: Pick<CaptureStore, 'take'>
  readonly shadows?: AsyncShadows
  readonly client: DynamoDBDocumentClient
} {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient())
  const table = setting('table')
  const platform = setting('platform')
  const clock = { now: () => Date.now() }
  const seen = new ServingMetrics(platform)
  const shadowFunction = process.env[shadowFunctionVariable]
  return {
    registry: new DynamoRegistry(client, table),
    metrics: measured(new DynamoOutcomes(client, table, clock), seen),
    nodes: nodesSeen(seen),
    callers: new DynamoCallBook(client, table, clock),
    captures: setting('capture') === 'false' ? nothingRecorded : new LoggedCaptures({ client, table }),
    ...(shadowFunction !== undefined && {
      shadows: new AsyncShadows({ functionName: shadowFunction, clock }),
    }),
    client,
    host: new WithGraphs(endpointHosts(platform), platform),
    clock,
    random: { draw: () => Math.random() },
  }
}

/** Nodes of graphs, a series for each: who looks at them looks in CloudWatch. */
function nodesSeen(seen: ServingMetrics): NodeBook {
  return {
    note: ({ model, at, ...measured }) => seen.record({ Graph: model, Node: at }, measured),
    of: async () => ({}),
  }
}

/** Of a platform that was made without records of calls. */
const nothingRecorded: Pick<CaptureStore, 'take'> = { take: () => {} }

/** Outcomes that people see as well, by version and variant. */
function measured(outcomes: DynamoOutcomes, seen: ServingMetrics): Metrics {
  return {
    count: (outcome) => {
      const { model, version, variant } = outcome
      seen.record({ model, version, variant }, outcome)
      return outcomes.count(outcome)
    },
    counts: (rollout) => outcomes.counts(rollout),
  }
}
