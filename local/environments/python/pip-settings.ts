import { existsSync } from 'node:fs'
import type { Interpreter } from './interpreter.ts'
import { runToEnd } from './run-to-end.ts'

/**
 * What pip was told about where packages come from, as uv is told the same. What uv was told itself comes first. It
 * travels in the environment of a process only, since an index may have a password in its address.
 */
export async function pipSettingsForUv(
  { path }: Interpreter,
  env: NodeJS.ProcessEnv,
): Promise<NodeJS.ProcessEnv> {
  const pip = await pipSettings(path, env)
  const words = (name: string) => pip.get(name)?.split(/\s+/).filter(Boolean) ?? []
  const links = words('find-links').filter((place) => place.includes('://') || existsSync(place))
  const told: [name: string, value: string | undefined, unless: readonly string[]][] = [
    ['UV_DEFAULT_INDEX', pip.get('index-url'), ['UV_DEFAULT_INDEX', 'UV_INDEX_URL']],
    ['UV_INDEX', words('extra-index-url').join(' '), ['UV_INDEX', 'UV_EXTRA_INDEX_URL']],
    ['UV_FIND_LINKS', links.join(','), ['UV_FIND_LINKS']],
    ['UV_INSECURE_HOST', words('trusted-host').join(' '), ['UV_INSECURE_HOST']],
    ['SSL_CERT_FILE', pip.get('cert'), ['SSL_CERT_FILE']],
    ['HTTPS_PROXY', pip.get('proxy'), ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']],
  ]
  return Object.fromEntries(
    told.flatMap(([name, value, unless]) =>
      value && unless.every((other) => env[other] === undefined) ? [[name, value]] : [],
    ),
  )
}

/** By pip's own rule the environment comes before the files, and what is said of `install` before `global`. */
async function pipSettings(python: string, env: NodeJS.ProcessEnv): Promise<ReadonlyMap<string, string>> {
  const listed = await runToEnd(python, ['-m', 'pip', 'config', 'list'], { env })
  const lines = listed?.ok ? listed.stdout.split('\n') : []
  const settings = new Map<string, string>()
  for (const section of ['global', 'install'])
    for (const line of lines) {
      const [, name, value] = new RegExp(`^${section}\\.([a-z-]+)=['"](.*)['"]$`).exec(line) ?? []
      if (name !== undefined && value !== undefined) settings.set(name, value.replaceAll('\\n', ' ').trim())
    }
  for (const [name, value] of Object.entries(env))
    if (name.startsWith('PIP_') && value)
      settings.set(name.slice('PIP_'.length).toLowerCase().replaceAll('_', '-'), value)
  return settings
}
