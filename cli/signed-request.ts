/** A request to a platform, before it is signed. */
export interface PlatformRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Who asked, for a refusal that is about exactly this. */
export interface SignedAs {
  readonly accessKeyId: string
  readonly region: string
}

/** As whom a request went to a deployed platform: as an IAM principal, or with a key or a token. */
export type SentAs = SignedAs | 'key'

/** Signs a request: the headers to send, and as whom. @throws Problem `access-refused` where there are no credentials */
export type RequestSigner = (
  url: URL,
  request: PlatformRequest,
) => Promise<{ readonly headers: Readonly<Record<string, string>>; readonly signedAs: SignedAs }>
