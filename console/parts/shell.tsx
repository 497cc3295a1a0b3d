import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { ownKey } from '../api.ts'
import { type Connection, live, useLive } from '../live.ts'
import { base } from '../platform.ts'
import { useNow } from '../reading.ts'
import { nextTheme, theme } from '../theme.ts'
import { ago, moment } from '../view/figures.ts'
import { type Place, to } from '../view/places.ts'
import { Waiting } from './waiting.tsx'

const connectionWords: Readonly<Record<Connection, string>> = {
  connecting: 'connecting',
  live: 'live',
  asking: 'asks every 5 s',
  away: 'the platform does not answer; trying again',
  'signed-out': 'signed out',
}

export interface ShellProps {
  readonly place: Place
  readonly connection: Connection
  readonly children: ComponentChildren
}

/** What is around every page: the name, the ways, whether it is live, and what happened last. */
export function Shell({ place, connection, children }: ShellProps) {
  const here = place.page === 'approvals' ? 'approvals' : 'models'
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="bar">
        <a class="mark" href={to.models}>
          <img src={`${base}/console/icon.svg`} alt="" width="22" height="22" />
          Sluice
        </a>
        <nav aria-label="Console">
          <a href={to.models} aria-current={here === 'models' ? 'page' : undefined}>
            Models
          </a>
          <a href={to.approvals} aria-current={here === 'approvals' ? 'page' : undefined}>
            Approvals
            {connection !== 'signed-out' && <Waiting />}
          </a>
        </nav>
        <span class={`connection ${connection}`} role="status">
          <span class="dot" aria-hidden="true" />
          {connectionWords[connection]}
        </span>
        <ThemeButton />
        {ownKey.read() !== undefined && <SignOut />}
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <Latest />
    </>
  )
}

function ThemeButton() {
  const [now, setNow] = useState(theme())
  return (
    <button class="quiet" type="button" onClick={() => setNow(nextTheme())}>
      <span class="hidden">Theme: </span>
      {now === 'system' ? 'Auto' : now === 'light' ? 'Light' : 'Dark'}
    </button>
  )
}

function SignOut() {
  const leave = () => {
    ownKey.forget()
    live.start()
  }
  return (
    <button class="quiet" type="button" onClick={leave}>
      Sign out
    </button>
  )
}

/** What happened last, told to who sees it and to who hears it. */
function Latest() {
  const event = useLive(({ latest }) => latest)
  const now = useNow(5000)
  return (
    <footer class="latest" aria-live="polite">
      {event !== undefined && (
        <p>
          <time dateTime={event.at} title={moment(event.at)}>
            {ago(event.at, Math.max(now, Date.parse(event.at)))}
          </time>{' '}
          {event.model !== undefined && <a href={to.model(event.model)}>{event.model}</a>} {event.version}{' '}
          <bdi>{event.message}</bdi>
        </p>
      )}
    </footer>
  )
}
