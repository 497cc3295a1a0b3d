import { render } from 'preact'
import { App } from './app.tsx'
import { live } from './live.ts'
import { showTheme } from './theme.ts'

showTheme()
live.start()
const place = document.getElementById('console')
if (place !== null) {
  place.replaceChildren()
  render(<App />, place)
}
