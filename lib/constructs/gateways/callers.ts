import { environment } from '../../wiring/environment.ts'

export interface JwtCallersProps {
  /** The `iss` of tokens that are taken: an https URL, whose `/.well-known/openid-configuration` names the keys. */
  readonly issuer: string
  /** The `aud` that a token must have. */
  readonly audience: string
  /** The claim that lists what its bearer may do, such as `invoke:churn promote:*`. @default 'scope' */
  readonly claim?: string
}

/** Who may call, and how a caller shows who it is. */
export class Callers {
  /** People and programs that IAM knows, with requests signed by Signature Version 4. */
  static iam(): Callers {
    return new Callers('iam')
  }

  /** Whoever has an API key of this platform. Keys are made at `/keys`, by people whom IAM knows. */
  static apiKeys(): Callers {
    return new Callers('keys')
  }

  /** Whoever has a token of an issuer of OpenID Connect. @throws Error where issuer or audience cannot be right */
  static jwt(props: JwtCallersProps): Callers {
    const issuer = URL.parse(props.issuer)
    if (issuer?.protocol !== 'https:' || `${issuer.search}${issuer.hash}` !== '')
      throw new Error(`issuer must be an https URL without ? and #, got: '${props.issuer}'`)
    if (props.audience.trim() === '') throw new Error("audience must not be empty, got: ''")
    return new Callers('jwt', props)
  }

  /** How handlers are told. */
  readonly kind: string
  /** What tokens are held to. @default - no tokens are taken */
  readonly jwtProps?: JwtCallersProps

  /** What handlers are told of them. */
  get environment(): Record<string, string> {
    return {
      [environment.callers]: this.kind,
      [environment.tokenIssuer]: JSON.stringify(this.jwtProps ?? {}),
    }
  }

  private constructor(kind: string, jwtProps?: JwtCallersProps) {
    this.kind = kind
    if (jwtProps !== undefined) this.jwtProps = jwtProps
  }
}
