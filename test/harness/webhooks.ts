import type { HookAnswer, Webhooks } from '../../lambdas/monitoring-ports.ts'

/** Where nobody is to be told: whoever tells somebody finds out. */
export const nobodyTold: Webhooks = {
  post: (url) => {
    throw new Error(`${url} was told, and nobody was to be`)
  },
}

/** Remembers whom it was to tell what. */
export class MemoryWebhooks implements Webhooks {
  readonly posts: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }[] = []
  /** What is answered next. */
  answer: HookAnswer = { status: 204 }

  async post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<HookAnswer> {
    this.posts.push({ url, headers, body })
    return this.answer
  }
}
