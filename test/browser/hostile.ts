import { expect } from '@jest/globals'
import type { Page } from 'playwright-core'

/** What runs, draws, breaks out, turns round or never ends, where it is taken for anything but text. */
export const hostile = [
  '</script><script>window.taken=1</script><img src=x onerror="window.taken=1">',
  '{{constructor.constructor("window.taken=1")()}} javascript:window.taken=1',
  '\u202egnp.exe\u2066 \u0000\u0007 ＜b＞ &lt;b&gt; %3Cscript%3E',
  'A'.repeat(10_240),
].join(' ')

/** What people and models write: it may be anything. Times, numbers, states and names that are checked may not. */
const written = new Set([
  ...['reason', 'why', 'actor', 'by', 'message', 'detail', 'sentence', 'text', 'caller', 'waitsFor', 'would'],
  ...[
    'name',
    'found',
    'allowed',
    'where',
    'git',
    'dataset',
    'author',
    'tool',
    'fault',
    'label',
    'leftOut',
    'notes',
  ],
])

/** Have every text that somebody wrote come hostile out of the API: a page sees no more of a platform than that. */
export async function writtenByTheEvil(page: Page): Promise<void> {
  await page.route(
    (url) => !url.pathname.startsWith('/console') && url.pathname !== '/events',
    async (route) => {
      const response = await route.fetch()
      if (!/json/.test(response.headers()['content-type'] ?? '')) return route.fulfill({ response })
      await route.fulfill({ response, json: spoilt(await response.json()) })
    },
  )
}

function spoilt(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return written.has(key) || key === 'predictions' ? hostile : value
  if (Array.isArray(value)) return value.map((one) => spoilt(one, key))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, spoilt(one, name)]))
}

/** It stands there as text, has made nothing, has run nothing, and pushes nothing out of the page. */
export async function expectTextAlone(page: Page): Promise<void> {
  await page.getByText('<img src=x onerror=').first().waitFor({ state: 'attached' })
  const seen = await page.evaluate<unknown>(`({
    taken: typeof window.taken,
    images: document.querySelectorAll('img:not([alt=""]), img[src="x"]').length,
    scripts: document.querySelectorAll('script').length,
    wider: Math.max(0, document.documentElement.scrollWidth - innerWidth),
    turned: [...document.querySelectorAll('main *')].filter((one) =>
      [...one.childNodes].some((node) => node.nodeType === 3 && node.data.includes('\\u202e')) &&
      one.closest('bdi, pre, code, textarea, input, svg, option, [dir]') === null).map((one) => one.outerHTML.slice(0, 80)),
  })`)
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  expect(seen).toEqual({ taken: 'undefined', images: 0, scripts: 1, wider: 0, turned: [] })
}
