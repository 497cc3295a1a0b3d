import { Problem } from '../../lib/rules/problem.ts'

/** There is no endpoint of this name, or it is not in service yet. */
export class NoEndpoint extends Problem {
  constructor() {
    super('endpoint-unavailable', 'the version has no endpoint')
  }
}
