import { checkedPath, decodedAsJudged } from '../../lib/rules/request-path.ts'
import { routeOf } from '../../lib/wiring/gateway-routes.ts'
import { pathUnknown } from '../problem-answer.ts'

/** A request as a gateway of either kind hands it over: to the function that lets it in, and to the one that answers. */
export type AskedEvent =
  | { readonly rawPath: string; readonly routeKey?: string }
  | { readonly path: string; readonly resource?: string }

/**
 * The path that was asked for, checked: the same for the function that lets a request in and the one that answers it.
 * An HTTP API hands it over decoded, but for `%25`; a REST API as it was sent, without its stage.
 * @throws Problem `path-malformed`
 */
export function askedPath(event: AskedEvent): string {
  return checkedPath('rawPath' in event ? event.rawPath : decodedAsJudged(event.path))
}

/**
 * Refuse what came by another route than its path names: whoever let it in was asked about something else.
 * @param path as `askedPath` returned it @throws Problem `path-unknown`
 */
export function refuseOtherRoute(event: AskedEvent, method: string, path: string): void {
  const matched = 'rawPath' in event ? event.routeKey?.split(' ')[1] : event.resource
  // Who may call a function without a gateway needs none to let it in.
  if (matched !== undefined && matched !== routeOf(method, path)) throw pathUnknown(method, path)
}
