import { type IEventBus, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events'
import type { Construct } from 'constructs'
import { parseModelName } from '../rules/names.ts'
import { eventSource } from '../rules/platform-event.ts'

export interface ModelEventProps {
  /** Who is told. @default - nobody yet: `rule.addTarget` */
  readonly target?: IRuleTarget
  /** The models whose events are meant. @default - every model of the platform */
  readonly models?: string[]
  /** What the rule is called by who reads it. @default - none */
  readonly description?: string
}

/** A rule for events of this platform and of no other one. @throws Problem `model-name-malformed` */
export function ruleFor(
  platform: Construct & { readonly platformName: string; readonly eventBus: IEventBus },
  id: string,
  types: readonly string[],
  { target, models, description }: ModelEventProps,
): Rule {
  return new Rule(platform, id, {
    eventBus: platform.eventBus,
    eventPattern: {
      source: [eventSource],
      detailType: [...types],
      detail: {
        platform: [platform.platformName],
        ...(models !== undefined && { model: models.map(parseModelName) }),
      },
    },
    ...(description !== undefined && { description }),
    ...(target !== undefined && { targets: [target] }),
  })
}
