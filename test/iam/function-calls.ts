import { type Machine, machines } from '../../lib/rules/operation.ts'
import { type Needed, neededFor } from './command-rights.ts'
import type { Deployment } from './deployment.ts'
import { type Call, type Holder, logged, once, roleIn, traced } from './holder.ts'
import { codeOf, methodsIn, portMethods } from './reach.ts'
import type { Recording } from './recorded.ts'

/** Those that start machines of operations that others made. */
const restarts: Readonly<Record<string, readonly Machine[]>> = {
  // Whatever was written down and never started.
  listed: machines,
  // Whatever died.
  sweeper: machines,
  // Its own machine again.
  continuePromotion: ['promotion'],
}

/** A version is checked beside an entry by what moves an alias to it, and by nobody else. */
const isCheck = ({ action }: Needed) => action === 'dynamodb:ConditionCheckItem'

/** Those that enter something and move no alias to a version: theirs is entered unready, or with its version's change. */
const checksNothing = new Set([
  'abortPromotion',
  'control',
  'listed',
  'markReady',
  'retireVersion',
  'returnTraffic',
  'sweeper',
])

/** The calls of every function: the methods of ports that its code comes to, and what each was recorded to send. */
export async function functionHolders(
  deployment: Deployment,
  recording: Recording,
  unmapped: string[],
): Promise<[string, Holder][]> {
  const methods = portMethods()
  return Promise.all(
    deployment.ofType('AWS::Lambda::Function').map(async ([id, properties]): Promise<[string, Holder]> => {
      const handler = deployment.handlers.get(id)
      if (handler === undefined)
        throw new Error(
          `the function ${id} is no HandlerFunction: tell test/iam/function-calls.ts what it calls`,
        )
      const name = handler.handler === 'handler' ? handler.entry : handler.handler
      const code = await codeOf(handler)
      const reached = methodsIn(code, methods)
      const calls = reached.flatMap((method) =>
        (recording.get(method) ?? [])
          .filter(({ part }) => part === undefined || code.includes(`of: "${part}"`))
          .flatMap((sent) => {
            const needed = neededFor(sent, method)
            if (needed === undefined)
              unmapped.push(`${sent.command} of ${method}: add it to test/iam/command-rights.ts`)
            return (needed ?? [])
              .filter((one) => !(isCheck(one) && checksNothing.has(name)))
              .map((one) => ({ ...one, why: `${method} sends ${sent.command}` }))
          }),
      )
      const { Mode } = (properties['TracingConfig'] ?? {}) as { Mode?: string }
      const { TargetArn } = (properties['DeadLetterConfig'] ?? {}) as { TargetArn?: unknown }
      const { LogGroup } = properties['LoggingConfig'] as { LogGroup: unknown }
      const holder: Holder = {
        service: 'lambda.amazonaws.com',
        arn: deployment.arn(id),
        name,
        calls: once([
          ...startsOnly(name, code, calls),
          ...logged(deployment, deployment.text(LogGroup)),
          ...(Mode === 'Active' ? traced() : []),
          ...(TargetArn === undefined ? [] : [lost(deployment.text(TargetArn))]),
        ]),
      }
      return [roleIn(properties['Role']), holder]
    }),
  )
}

/** Lambda lays down what a function failed at, in the function's name. */
const lost = (resource: string): Call => ({ action: 'sqs:SendMessage', resource, why: 'its dead letters' })

const isStart = ({ action }: Call) => action === 'states:StartExecution'

/** Which machines a function starts is told by the operations that its code makes. */
function startsOnly(name: string, code: string, calls: readonly Call[]): Call[] {
  const made = [...code.matchAll(/\bkind: "(\w+)"/g)].map(([, kind]) => kind)
  const kinds: readonly string[] = restarts[name] ?? machines.filter((kind) => made.includes(kind))
  if (calls.some(isStart) && kinds.length === 0)
    throw new Error(
      `${name} starts machines, and makes no operation: say which in test/iam/function-calls.ts`,
    )
  return calls.filter((call) => !isStart(call) || kinds.some((kind) => call.resource.endsWith(`-${kind}`)))
}
