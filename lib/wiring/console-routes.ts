/** Where the console is, as a gateway writes its routes. They ask nobody who calls: the page is the same for everybody. */
export const consoleRoutes = ['/console', '/console/{proxy+}'] as const

const [root] = consoleRoutes

/** The page and its files hold no secret and open to everybody; what they show is asked of the API, with its rights. */
export function isConsolePath(path: string): boolean {
  return path === root || path.startsWith(`${root}/`)
}

/** The route of a checked path of the console; undefined for what is not sent there, or lies elsewhere. */
export function consoleRouteOf(method: string, path: string): string | undefined {
  if (!/^(?:GET|HEAD)$/.test(method) || !isConsolePath(path)) return undefined
  return consoleRoutes[path === root ? 0 : 1]
}
