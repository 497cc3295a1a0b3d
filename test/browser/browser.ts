import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { root } from '../journeys/stage.ts'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** A Chromium: the one of CHROMIUM, of the system, or that `npx playwright-core install chromium` brought. */
export function openBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? places.find(existsSync)
  return chromium.launch({ args: ['--no-sandbox'], ...(executablePath && { executablePath }) })
}

export interface Look {
  readonly scheme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
}

export const phone: Look = { width: 390, height: 844 }

/** A page as one person sees it, and what went wrong on it. */
export interface Seen {
  readonly page: Page
  /** Errors, refused by the policy or thrown, and requests that left the platform. */
  readonly faults: readonly string[]
}

export async function openPage(browser: Browser, url: string, path: string, look: Look = {}): Promise<Seen> {
  const { scheme = 'light', width = 1280, height = 800 } = look
  const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height } })
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    // A refusal of the API is an answer, which the page shows.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('blob:'))
      faults.push(`asked ${request.url()}`)
  })
  await page.goto(`${url}${path}`)
  return { page, faults }
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What axe-core finds that is serious or worse. It comes in beside the page's own policy. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  const { readFile } = await import('node:fs/promises')
  await session.send('Runtime.evaluate', { expression: await readFile(axe, 'utf8') })
  const { result } = await session.send('Runtime.evaluate', {
    expression:
      'axe.run(document, { resultTypes: ["violations"] }).then((found) => JSON.stringify(found.violations))',
    awaitPromise: true,
  })
  await session.detach()
  return (JSON.parse(result.value) as Violation[])
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html }) => html)
          .slice(0, 3)
          .join(' ')}`,
    )
}

/** Keep a picture for the docs, where SLUICE_PICTURES asks for it. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env['SLUICE_PICTURES'] === undefined) return
  await page.screenshot({ path: join(root, 'docs', 'console', `${name}.png`) })
}
