/** The day on which these prices were written down, and the Region that they are of. */
export const pricesAsOf = '2026-11-23'
export const pricesRegion = 'us-east-1'

/** A list price, in US dollars, without free tiers, discounts and taxes. */
export interface Price {
  readonly usd: number
  /** What that much is paid for. */
  readonly per: string
  /** Where it was read; `believed`: known from use, and read nowhere on that day. */
  readonly source: string
}

const believed = 'believed: the list price as it is commonly known'
const thirdParty = (who: string) => `read at a third party (${who})`

/** What the platform's services cost. Everything that is computed from prices takes them from here. */
export const prices = {
  lambdaRequest: { usd: 0.2, per: 'million requests', source: believed },
  lambdaArmGbSecond: { usd: 0.000_013_333_4, per: 'GB-second, arm64', source: believed },
  lambdaX86GbSecond: { usd: 0.000_016_666_7, per: 'GB-second, x86_64', source: believed },
  lambdaArmProvisionedGbSecond: {
    usd: 0.000_003_333_4,
    per: 'GB-second kept warm, arm64',
    source: believed,
  },
  lambdaX86ProvisionedGbSecond: {
    usd: 0.000_004_166_7,
    per: 'GB-second kept warm, x86_64',
    source: believed,
  },
  httpApiCall: { usd: 1, per: 'million calls', source: thirdParty('apigatewaycost.com') },
  restApiCall: { usd: 3.5, per: 'million calls', source: thirdParty('apigatewaycost.com') },
  dynamoRead: {
    usd: 0.125,
    per: 'million read units: one consistent read of up to 4 KB each',
    source: thirdParty('airbyte.com, prices since November 2024'),
  },
  dynamoWrite: {
    usd: 0.625,
    per: 'million write units: 1 KB each, twice that in a transaction',
    source: thirdParty('airbyte.com, prices since November 2024'),
  },
  dynamoStorage: { usd: 0.25, per: 'GB-month', source: believed },
  dynamoRestore: { usd: 0.2, per: 'GB-month restorable to any second', source: believed },
  s3Storage: { usd: 0.023, per: 'GB-month', source: believed },
  s3Write: { usd: 5, per: 'million PUT, COPY, POST or LIST', source: believed },
  s3Read: { usd: 0.4, per: 'million GET', source: believed },
  ecrStorage: { usd: 0.1, per: 'GB-month', source: believed },
  logsIn: { usd: 0.5, per: 'GB written', source: thirdParty('factualminds.com, 2026-06') },
  logsKept: { usd: 0.03, per: 'GB-month kept', source: believed },
  firehoseIn: { usd: 0.029, per: 'GB into a stream', source: believed },
  firehosePartitioned: { usd: 0.02, per: 'GB partitioned by what is in it', source: believed },
  firehoseUnpacked: { usd: 0.003_25, per: 'GB of log taken out of its envelope', source: believed },
  firehoseObject: { usd: 5, per: 'million objects of partitions', source: believed },
  customMetric: {
    usd: 0.3,
    per: 'month of a series, by the hours in which it gets values',
    source: thirdParty('signoz.io, 2026-02'),
  },
  alarm: { usd: 0.1, per: 'month of an alarm', source: believed },
  compositeAlarm: { usd: 0.5, per: 'month of a composite alarm', source: believed },
  dashboard: { usd: 3, per: 'month of a dashboard', source: thirdParty('factualminds.com, 2026-06') },
  stateTransition: { usd: 25, per: 'million transitions, Standard', source: believed },
  customEvent: { usd: 1, per: 'million events of our own', source: believed },
  codeBuildMinute: { usd: 0.0034, per: 'minute, arm1.small', source: believed },
  kmsKey: { usd: 1, per: 'month of a key of your own', source: believed },
  webAcl: { usd: 5, per: 'month of a web ACL', source: believed },
  natGatewayHour: { usd: 0.045, per: 'hour', source: believed },
  interfaceEndpointHour: { usd: 0.01, per: 'hour and availability zone', source: believed },
  sagemakerServerlessGbSecond: { usd: 0.000_02, per: 'GB-second', source: believed },
  sagemakerServerlessProvisionedGbSecond: {
    usd: 0.000_005,
    per: 'GB-second kept warm',
    source: believed,
  },
} as const satisfies Readonly<Record<string, Price>>

/** SageMaker real-time, US dollars an hour and instance; all believed but the two that were read at wring.co, 2026-03. */
export const instanceHourUsd: Readonly<Record<string, number>> = {
  'ml.t2.medium': 0.056,
  'ml.t3.medium': 0.05,
  'ml.c5.large': 0.102,
  'ml.c5.xlarge': 0.204,
  'ml.c5.2xlarge': 0.408,
  'ml.c7g.large': 0.1,
  'ml.m5.large': 0.115,
  'ml.m5.xlarge': 0.23,
  'ml.m5.2xlarge': 0.461,
  'ml.m5.4xlarge': 0.922,
  'ml.r5.large': 0.151,
  'ml.r5.xlarge': 0.302,
  'ml.g4dn.xlarge': 0.736,
  'ml.g4dn.2xlarge': 0.94,
  'ml.g5.xlarge': 1.408,
  'ml.g5.2xlarge': 1.515,
}
