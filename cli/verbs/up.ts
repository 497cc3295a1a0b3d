import { once } from 'node:events'
import { relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseApprovalText } from '../../lib/rules/approval.ts'
import type { PublishedEvent } from '../../lib/rules/platform-event.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import { isTrustworthy } from '../../lib/rules/token-issuer.ts'
import { PortInUse } from '../../local/gateway.ts'
import { HomeTaken, HomeUnusable } from '../../local/home.ts'
import type { LaptopAuth } from '../../local/laptop-callers.ts'
import { ownAccess } from '../../local/own-access.ts'
import { type Platform, startPlatform } from '../../local/platform.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { PlatformClient } from '../platform-client.ts'
import { curlLine, releaseSample, sampleModel } from '../sample.ts'
import type { Talk } from '../terminal/talk.ts'

export interface UpOptions {
  readonly port: number
  readonly home: string
  readonly bare?: boolean
  readonly auth?: LaptopAuth['kind']
  readonly jwtIssuer?: string
  readonly jwtAudience?: string
  readonly jwtClaim?: string
  readonly approval?: readonly string[]
  readonly allowUnsafePickle?: boolean
}

/** Start the platform here, release the sample, and stay until told to stop. */
export async function up({ talk }: Context, options: UpOptions): Promise<ExitCode> {
  const { port, home, bare = false, allowUnsafePickle = false } = options
  const auth = authOf(options)
  const approvals = Object.fromEntries((options.approval ?? []).map(parseApprovalText))
  const platform = await startPlatform({
    ...{ home, port, approvals, allowUnsafePickle },
    ...(auth && { auth }),
  }).catch((error) => {
    if (error instanceof HomeTaken || error instanceof HomeUnusable || error instanceof PortInUse)
      throw new Problem('usage', error.message)
    throw error
  })
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  greet(talk, platform)
  platform.listen((event) => talk.say(`  ${told(talk, event)}`))
  if (!bare) await offerSample(talk, platform)
  const key = platform.owner?.isNew ? { key: platform.owner.key } : {}
  if (talk.json) talk.data({ url: platform.url, store: platform.home.store, ready: true, ...key }, '')
  else talk.say(talk.paint('dim', '\n  Ctrl+C stops the platform; what it holds stays.\n'))
  await stopped
  talk.say('  stopping')
  await platform.stop()
  return exitCode.done
}

/** @throws Problem `usage` for an issuer without an audience, or one that anybody on the way could speak for */
function authOf({ auth, jwtIssuer, jwtAudience, jwtClaim }: UpOptions): LaptopAuth | undefined {
  if (auth !== 'jwt') {
    if ((jwtIssuer ?? jwtAudience ?? jwtClaim) !== undefined)
      throw new Problem('usage', '--jwt-issuer, --jwt-audience and --jwt-claim go with --auth jwt')
    return auth && { kind: auth }
  }
  if (jwtIssuer === undefined || jwtAudience === undefined)
    throw new Problem('usage', '--auth jwt needs --jwt-issuer URL and --jwt-audience NAME')
  if (!isTrustworthy(jwtIssuer))
    throw new Problem('usage', `--jwt-issuer is ${shown(jwtIssuer)}, and allowed is an https:// address`)
  return { kind: auth, issuer: jwtIssuer, audience: jwtAudience, ...(jwtClaim && { claim: jwtClaim }) }
}

function greet(talk: Talk, { url, home, owner, openBecause }: Platform): void {
  const store = relative(process.cwd(), home.store)
  talk.say(`\n  ${talk.paint('bold', 'Sluice')} is up at ${talk.paint('cyan', url)}`)
  talk.say(`  Look at it: ${talk.paint('cyan', `${url}/console/`)}`)
  talk.say(`  Drop a model into ${store}/models/NAME/VERSION.onnx, or: sluice push PATH\n`)
  if (openBecause !== undefined)
    talk.say(`  Models can reach the network here: ${openBecause}. Serve only what you trust.\n`)
  if (owner === undefined) {
    if (ownAccess(home.root) !== undefined)
      talk.say('  This home has keys, and nobody is asked for one now: with --auth keys they are.\n')
    return
  }
  talk.say(
    '  Callers say who they are. The command finds the key of this home by itself; others need one of theirs:',
  )
  talk.say('  sluice keys create NAME --scope invoke --model MODEL')
  if (owner.isNew && !talk.json) talk.say(`  The key of this home, shown this once: ${owner.key}`)
  talk.say('')
}

function told(talk: Talk, { 'detail-type': type, detail }: PublishedEvent): string {
  const { model = '', version = '', message } = detail
  const good = type === 'Promoted' || type === 'Model Version Registered'
  const bad = type === 'Release Failed' || type === 'Rolled Back' || type === 'Operation Failed'
  const mark = good ? talk.paint('green', '●') : bad ? talk.paint('red', '●') : '·'
  return `${mark} ${type.toLowerCase()}: ${[model, version].filter((part) => part !== '').join(' ')} ${message}`
}

/** Release the sample, wait until it is live, and print the line to try. */
async function offerSample(talk: Talk, { url, owner }: Platform): Promise<void> {
  const client = new PlatformClient(url, owner?.key)
  await releaseSample(client)
  for (let waited = 0; waited < 30_000; waited += 20) {
    const [sample] = (await client.models()).filter(({ model }) => model === sampleModel)
    if (sample?.live !== undefined) {
      talk.say('\n  Try it:\n')
      if (!talk.json) talk.data({}, await curlLine(url, owner !== undefined))
      return
    }
    await pause(20)
  }
  talk.say(`  the sample did not go live; sluice show ${sampleModel} tells why`)
}
