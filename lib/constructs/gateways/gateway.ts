/** Which kind of API of API Gateway a platform answers through. */
export class Gateway {
  /** An HTTP API: the cheaper and the faster one. Its own refusals (401, 403, 413, 429, 503) have its own shape. */
  static readonly HTTP: Gateway = new Gateway('HTTP')
  /**
   * A Regional REST API, for those who need what only it has: a web application firewall, a resource policy, refusals
   * of the gateway as problem documents. It costs 3.5 times as much a request.
   */
  static readonly REST: Gateway = new Gateway('REST')

  /** The name that AWS gives it. */
  readonly kind: string

  private constructor(kind: string) {
    this.kind = kind
  }
}
