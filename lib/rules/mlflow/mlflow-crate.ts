import { parse } from 'yaml'
import { z } from 'zod'

const description = z.looseObject({ signature: z.unknown().optional() })

/** The member `signature` of an `MLmodel`, which MLflow of R seldom writes. */
export function signatureWritten(text: string): unknown {
  try {
    return description.safeParse(parse(text)).data?.signature
  } catch {
    return undefined
  }
}
