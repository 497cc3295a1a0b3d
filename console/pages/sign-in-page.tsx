import { useState } from 'preact/hooks'
import { ownKey, Refusal, read } from '../api.ts'
import { live } from '../live.ts'
import { RefusalNotice } from '../parts/notice.tsx'
import { callers } from '../platform.ts'

const asked = {
  iam: 'Open the address that `sluice console` showed when it began, or give the key at its end.',
  keys: 'Give a key of it.',
  jwt: 'Give a token of its issuer, or a key of its own.',
} as const

/** Who calls says who it is, by a key or a token: it stays in this tab, and goes to this platform alone. */
export function SignInPage() {
  const [key, setKey] = useState('')
  const [refusal, setRefusal] = useState<Refusal>()
  const enter = async (event: Event) => {
    event.preventDefault()
    ownKey.keep(key.trim())
    try {
      await read('/health')
      live.start()
    } catch (error) {
      ownKey.forget()
      if (error instanceof Refusal) setRefusal(error)
    }
  }
  return (
    <section class="narrow">
      <h1>Sign in</h1>
      <p>
        This platform asks who calls. {asked[callers() ?? 'keys']} It is forgotten when this tab is closed.
      </p>
      <form onSubmit={enter}>
        <label for="key">Key or token</label>
        <input
          id="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
      {refusal !== undefined && <RefusalNotice refusal={refusal} />}
      {callers() !== 'iam' && (
        <p class="aside">
          Keys are made with <code>sluice keys create NAME --scope invoke --model MODEL</code>.
        </p>
      )}
    </section>
  )
}
