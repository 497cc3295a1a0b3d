import { render } from 'preact'
import { ownKey } from './api.ts'
import { App } from './app.tsx'
import { live } from './live.ts'
import { base } from './platform.ts'
import { showTheme } from './theme.ts'
import { liesBelow } from './view/places.ts'

liesBelow(base)
showTheme()
takeKey()
live.start()
const place = document.getElementById('console')
if (place !== null) {
  place.replaceChildren()
  render(<App />, place)
}

/** A key that came with the address, behind its `#`, which no server is told: it is kept, and shown no longer. */
function takeKey(): void {
  const [, key] = /^#key=([\x21-\x7e]+)$/.exec(location.hash) ?? []
  if (key === undefined) return
  ownKey.keep(key)
  history.replaceState(null, '', location.pathname + location.search)
}
